import type { ResponseOf } from '@tidelog/protocol';
import type { StreamsHeartbeatReply } from './commands.ts';
import type { Refusal } from './refusal.ts';

type Response = ResponseOf<'StreamsGroupHeartbeat'>;

/** A response that tells a member nothing. */
export const nothingTold = {
  errorCode: 0,
  heartbeatIntervalMs: 0,
  acceptableRecoveryLag: 0,
  taskOffsetIntervalMs: 0,
  endpointInformationEpoch: 0,
};

export function refused({ error, message }: Refusal): StreamsHeartbeatReply {
  return { response: heartbeatError(error.code, message), missingTopics: [] };
}

function heartbeatError(errorCode: number, errorMessage: string | null): Response {
  return { ...nothingTold, errorCode, errorMessage, memberId: '', memberEpoch: 0, status: null };
}
