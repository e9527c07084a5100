import type { Handler } from './handler.ts';

/** Versions 0 to 1 (KIP-853): the leader of the metadata quorum decides. */
export const addRaftVoter: Handler<'AddRaftVoter'> = (request, context, broker) =>
  broker.metadata.quorumRequest('AddRaftVoter', request, context.apiVersion);
