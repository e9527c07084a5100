import type { Handler } from './handler.ts';

/** Version 0 (KIP-664). */
export const describeTransactions: Handler<'DescribeTransactions'> = (request, _context, broker) =>
  broker.transactions.describeTransactions(request);
