import type { Handler } from './handler.ts';

/** Versions 0 to 5; from v5 on the producer gets a new epoch, perhaps with a new id (KIP-890). */
export const endTxn: Handler<'EndTxn'> = (request, context, broker) =>
  broker.transactions.endTxn(request, context);
