import { KafkaClientError } from '../client-error.ts';
import { keyOf } from '../topic-partition.ts';
import type { PartitionState } from './partition-state.ts';
import type { StartSpec } from './start-spec.ts';

/** The log does not hold the offset: starts over where the policy says, or waits for someone to seek. */
export function outOfRange(state: PartitionState, reset: StartSpec | null): void {
  if (reset !== null) {
    state.resetTo(reset);
    return;
  }
  state.stuck = new KafkaClientError(
    'OFFSET_OUT_OF_RANGE',
    `${keyOf(state)}: offset ${state.fetchOffset} is not in the log, and \`autoOffsetReset\` is none; seek to go on`,
  );
}

/**
 * The log was cut below what was read of it, after a leader was elected that had less (KIP-320): what was
 * read beyond that point is not in the log any more, and other messages may have its offsets. With a
 * policy to start over, goes on from where the logs part; without one, waits for someone to seek.
 */
export function truncated(
  state: PartitionState,
  diverging: { readonly epoch: number; readonly endOffset: number },
  reset: StartSpec | null,
): void {
  const { endOffset, epoch } = diverging;
  if (reset === null) {
    state.stuck = new KafkaClientError(
      'LOG_TRUNCATION',
      `${keyOf(state)}: the log was truncated to offset ${endOffset}, and the consumer stood at ${state.fetchOffset}; what it has read from ${endOffset} on is lost, seek there to go on`,
    );
  } else if (endOffset < 0) {
    state.resetTo(reset);
  } else {
    // Never beyond what is not done yet.
    state.moveTo(Math.min(endOffset, state.position ?? endOffset), epoch);
  }
}
