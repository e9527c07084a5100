import type { Handler } from './handler.ts';

/** Versions 0 to 6; goes on with an id and epoch from v3 on (KIP-360), two-phase commit from v6 on. */
export const initProducerId: Handler<'InitProducerId'> = (request, context, broker) =>
  broker.transactions.initProducerId(request, context);
