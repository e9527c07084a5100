import type { Handler } from './handler.ts';

/** Version 0 (KIP-853): the leader of the metadata quorum decides. */
export const removeRaftVoter: Handler<'RemoveRaftVoter'> = (request, context, broker) =>
  broker.metadata.quorumRequest('RemoveRaftVoter', request, context.apiVersion);
