import { errors, type KafkaError } from '@tidelog/protocol';
import type { ShareStateApi, ShareStateCommandOf, ShareStateResult } from './commands.ts';
import type { ShareState } from './share-state.ts';

/** The sender's epoch does not matter. */
const ANY_EPOCH = -1;

export interface Refusal {
  readonly error: KafkaError;
  /** Where the error's own sentence would not say enough. */
  readonly message?: string;
}

/** What an API holds its request to, besides a partition that exists. */
const checks: Readonly<
  Record<
    ShareStateApi,
    { readonly initialized: boolean; readonly leaderFence: boolean; readonly stateFence: boolean }
  >
> = {
  InitializeShareGroupState: { initialized: false, leaderFence: false, stateFence: true },
  ReadShareGroupState: { initialized: true, leaderFence: true, stateFence: false },
  WriteShareGroupState: { initialized: true, leaderFence: true, stateFence: true },
  DeleteShareGroupState: { initialized: false, leaderFence: false, stateFence: false },
  ReadShareGroupStateSummary: { initialized: false, leaderFence: false, stateFence: false },
};

/** Why a request must not be carried out, in the order in which Kafka looks; null when it may. */
export function refusalOf(
  command: { [Api in ShareStateApi]: ShareStateCommandOf<Api> }[ShareStateApi],
  state: ShareState | undefined,
): Refusal | null {
  const { api, key, request } = command;
  const { initialized, leaderFence, stateFence } = checks[api];
  if (key.partition < 0) {
    return { error: errors.INVALID_REQUEST, message: 'The partition must not be negative.' };
  }
  if (initialized && state === undefined) {
    const message = 'The share partition has not been initialized.';
    return { error: errors.INVALID_REQUEST, message };
  }
  if (leaderFence && 'leaderEpoch' in request) {
    if (isFenced(request.leaderEpoch, state?.fencedBelow.leaderEpoch)) {
      return { error: errors.FENCED_LEADER_EPOCH };
    }
  }
  if (stateFence && 'stateEpoch' in request) {
    if (isFenced(request.stateEpoch, state?.fencedBelow.stateEpoch)) {
      return { error: errors.FENCED_STATE_EPOCH };
    }
  }
  if (!command.partitionExists) return { error: errors.UNKNOWN_TOPIC_OR_PARTITION };
  if ('stateBatches' in request) {
    const isBackward = request.stateBatches.some((batch) => batch.lastOffset < batch.firstOffset);
    if (isBackward) {
      return { error: errors.INVALID_REQUEST, message: 'A batch must not end before it begins.' };
    }
  }
  return null;
}

function isFenced(epoch: number, recorded: number | undefined): boolean {
  return epoch !== ANY_EPOCH && recorded !== undefined && recorded > epoch;
}

/** The results that carry no state, as Kafka fills them. */
const blanks: { readonly [Api in ShareStateApi]: Omit<ShareStateResult<Api>, 'partition'> } = {
  InitializeShareGroupState: { errorCode: 0 },
  ReadShareGroupState: { errorCode: 0, stateEpoch: 0, startOffset: 0, stateBatches: [] },
  WriteShareGroupState: { errorCode: 0 },
  DeleteShareGroupState: { errorCode: 0 },
  ReadShareGroupStateSummary: {
    errorCode: 0,
    stateEpoch: 0,
    leaderEpoch: 0,
    startOffset: 0,
    deliveryCompleteCount: -1,
  },
};

export function refused<Api extends ShareStateApi>(
  api: Api,
  partition: number,
  { error, message }: Refusal,
): ShareStateResult<Api> {
  const blank: Omit<ShareStateResult<Api>, 'partition'> = blanks[api];
  return {
    ...blank,
    partition,
    errorCode: error.code,
    errorMessage: message ?? error.message,
  };
}
