import type { Handler } from './handler.ts';

/** Versions 0 to 2: the metadata quorum as its leader sees it. */
export const describeQuorum: Handler<'DescribeQuorum'> = (_request, _context, broker) =>
  broker.metadata.describeQuorum();
