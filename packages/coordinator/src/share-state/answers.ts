import type { Moment } from '../host/machine.ts';
import type { ShareStateCommandOf, ShareStateResult } from './commands.ts';
import type { ShareStateEvent } from './events.ts';
import type { SharePartitionKey } from './share-partition-key.ts';
import type { ShareState } from './share-state.ts';
import { combineStateBatches, type StateBatch } from './state-batches.ts';

/** Before a share partition has been read from; in an update: it has not changed. */
const NO_START_OFFSET = -1;
const NO_DELIVERY_COMPLETE_COUNT = -1;

const uninitialized = {
  stateEpoch: 0,
  leaderEpoch: 0,
  startOffset: NO_START_OFFSET,
  deliveryCompleteCount: NO_DELIVERY_COMPLETE_COUNT,
};

export interface Recording {
  readonly now: Moment;
  readonly updatesPerSnapshot: number;
}

/** What a write changes. */
interface Change {
  readonly leaderEpoch: number;
  readonly startOffset: number;
  readonly deliveryCompleteCount: number;
  readonly stateBatches: readonly StateBatch[];
}

export function success(partition: number): ShareStateResult<'WriteShareGroupState'> {
  return { partition, errorCode: 0, errorMessage: null };
}

/** A new life of a share partition begins, whatever was there. */
export function initialized(
  { key, request }: ShareStateCommandOf<'InitializeShareGroupState'>,
  before: ShareState | undefined,
  { timestampMs }: Moment,
): ShareStateEvent {
  const { stateEpoch, startOffset } = request;
  const value = {
    snapshotEpoch: before === undefined ? 0 : before.snapshotEpoch + 1,
    stateEpoch,
    leaderEpoch: 0,
    startOffset,
    // From a start offset that was set the lag can be counted; without one it cannot.
    deliveryCompleteCount: startOffset === NO_START_OFFSET ? NO_DELIVERY_COMPLETE_COUNT : 0,
    stateBatches: [],
    createTimestamp: timestampMs,
    writeTimestamp: timestampMs,
  };
  return { kind: 'snapshot', key, value };
}

/** A leader of a newer epoch than was recorded is recorded with its first read. */
export function newLeader(
  { key, request }: ShareStateCommandOf<'ReadShareGroupState'>,
  state: ShareState,
  recording: Recording,
): ShareStateEvent | null {
  const { leaderEpoch } = request;
  if (leaderEpoch === -1 || leaderEpoch === state.fencedBelow.leaderEpoch) return null;
  const { startOffset, deliveryCompleteCount } = state;
  const change = { leaderEpoch, startOffset, deliveryCompleteCount, stateBatches: [] };
  return record(key, state, change, recording);
}

export function written(
  { key, request }: ShareStateCommandOf<'WriteShareGroupState'>,
  state: ShareState,
  recording: Recording,
): ShareStateEvent {
  const { startOffset, deliveryCompleteCount, stateBatches } = request;
  const { leaderEpoch } = state;
  const change = { leaderEpoch, startOffset, deliveryCompleteCount, stateBatches };
  return record(key, state, change, recording);
}

/** An update, or when enough of them have been written the whole state. */
function record(
  key: SharePartitionKey,
  state: ShareState,
  change: Change,
  { now, updatesPerSnapshot }: Recording,
): ShareStateEvent {
  const { snapshotEpoch, stateEpoch } = state;
  if (state.updateCount < updatesPerSnapshot) {
    const stateBatches = combineStateBatches(change.stateBatches, change.startOffset);
    return { kind: 'update', key, value: { ...change, snapshotEpoch, stateBatches } };
  }
  const startOffset =
    change.startOffset === NO_START_OFFSET ? state.startOffset : change.startOffset;
  const value = {
    ...change,
    snapshotEpoch: snapshotEpoch + 1,
    stateEpoch,
    startOffset,
    stateBatches: combineStateBatches([...state.stateBatches, ...change.stateBatches], startOffset),
    createTimestamp: now.timestampMs,
    writeTimestamp: now.timestampMs,
  };
  return { kind: 'snapshot', key, value };
}

/** The same state in a record that stands further up in the log. */
export function rewritten(
  key: SharePartitionKey,
  state: ShareState,
  { timestampMs }: Moment,
): ShareStateEvent {
  const { stateEpoch, leaderEpoch, startOffset, deliveryCompleteCount } = state;
  const { stateBatches, createTimestamp } = state;
  const value = {
    snapshotEpoch: state.snapshotEpoch + 1,
    stateEpoch,
    leaderEpoch,
    startOffset,
    deliveryCompleteCount,
    stateBatches,
    createTimestamp,
    writeTimestamp: timestampMs,
  };
  return { kind: 'snapshot', key, value };
}

export function stateRead(
  partition: number,
  { stateEpoch, startOffset, stateBatches }: ShareState,
): ShareStateResult<'ReadShareGroupState'> {
  return { ...success(partition), stateEpoch, startOffset, stateBatches };
}

export function summary(
  partition: number,
  state: ShareState | undefined,
): ShareStateResult<'ReadShareGroupStateSummary'> {
  const { stateEpoch, leaderEpoch, startOffset, deliveryCompleteCount } = state ?? uninitialized;
  return { ...success(partition), stateEpoch, leaderEpoch, startOffset, deliveryCompleteCount };
}
