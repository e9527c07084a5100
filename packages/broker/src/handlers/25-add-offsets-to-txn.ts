import type { Handler } from './handler.ts';

/** Versions 0 to 4. Producers of the second transaction protocol don't need it (KIP-890). */
export const addOffsetsToTxn: Handler<'AddOffsetsToTxn'> = (request, context, broker) =>
  broker.transactions.addOffsetsToTxn(request, context);
