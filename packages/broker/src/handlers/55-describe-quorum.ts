import type { Handler } from './handler.ts';

/** Versions 0 to 2: the metadata quorum as its leader sees it. */
export const describeQuorum: Handler<'DescribeQuorum'> = (request, context, broker) =>
  broker.metadata.quorumRequest('DescribeQuorum', request, context.apiVersion);
