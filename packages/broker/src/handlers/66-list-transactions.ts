import type { Handler } from './handler.ts';

/** Versions 0 to 2; filters by duration from v1 on (KIP-994), by pattern from v2 on (KIP-1152). */
export const listTransactions: Handler<'ListTransactions'> = (request, _context, broker) =>
  broker.transactions.listTransactions(request);
