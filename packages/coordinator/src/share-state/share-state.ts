import type { ShareSnapshot, ShareStateEvent, ShareUpdate } from './events.ts';
import { combineStateBatches, type StateBatch } from './state-batches.ts';

/** Below every epoch of a request: nothing is fenced by it. */
const NO_EPOCH = -0x80000000;
/** In an update: the start offset has not changed. */
const UNCHANGED = -1;

type Values<Kind extends ShareStateEvent['kind']> = Extract<ShareStateEvent, { kind: Kind }>;
type SnapshotValue = NonNullable<Values<'snapshot'>['value']>;
type UpdateValue = Values<'update'>['value'];

/** What is kept of one share partition: its last snapshot with all updates since, and its fences. */
export interface ShareState {
  readonly snapshotEpoch: number;
  readonly stateEpoch: number;
  readonly leaderEpoch: number;
  readonly startOffset: number;
  /** Offsets from the start on whose delivery is complete; -1 where it is not known (KIP-1226). */
  readonly deliveryCompleteCount: number;
  readonly stateBatches: readonly StateBatch[];
  readonly createTimestamp: number;
  readonly writeTimestamp: number;
  /** The highest leader epoch and state epoch that were recorded: requests of lower ones are fenced. */
  readonly fencedBelow: { readonly leaderEpoch: number; readonly stateEpoch: number };
  /** Updates since the count began; a snapshot starts it again only when it was due. */
  readonly updateCount: number;
  /** Where the last snapshot stands in the log; 0 for updates without one, so that nothing is pruned. */
  readonly snapshotOffset: number;
}

/** The state after a snapshot record at `offset`. */
export function afterSnapshot(
  before: ShareState | undefined,
  value: SnapshotValue | ShareSnapshot,
  at: { readonly offset: number; readonly updatesPerSnapshot: number },
): ShareState {
  const { leaderEpoch, stateEpoch } = value;
  const updateCount = before?.updateCount ?? 0;
  return {
    snapshotEpoch: value.snapshotEpoch,
    stateEpoch,
    leaderEpoch,
    startOffset: value.startOffset,
    deliveryCompleteCount: value.deliveryCompleteCount ?? UNCHANGED,
    stateBatches: value.stateBatches ?? [],
    createTimestamp: value.createTimestamp,
    writeTimestamp: value.writeTimestamp,
    fencedBelow: {
      leaderEpoch: Math.max(leaderEpoch, before?.fencedBelow.leaderEpoch ?? NO_EPOCH),
      stateEpoch: Math.max(stateEpoch, before?.fencedBelow.stateEpoch ?? NO_EPOCH),
    },
    updateCount: updateCount >= at.updatesPerSnapshot ? 0 : updateCount,
    snapshotOffset: at.offset,
  };
}

/** The state after an update record. */
export function afterUpdate(
  before: ShareState | undefined,
  value: UpdateValue | ShareUpdate,
): ShareState {
  const { leaderEpoch } = value;
  const deliveryCompleteCount = value.deliveryCompleteCount ?? UNCHANGED;
  if (before === undefined) {
    return {
      snapshotEpoch: value.snapshotEpoch,
      stateEpoch: 0,
      leaderEpoch,
      startOffset: value.startOffset,
      deliveryCompleteCount,
      stateBatches: value.stateBatches ?? [],
      createTimestamp: 0,
      writeTimestamp: 0,
      fencedBelow: { leaderEpoch, stateEpoch: NO_EPOCH },
      updateCount: 1,
      snapshotOffset: 0,
    };
  }
  const startOffset = value.startOffset === UNCHANGED ? before.startOffset : value.startOffset;
  return {
    ...before,
    startOffset,
    leaderEpoch: leaderEpoch === UNCHANGED ? before.leaderEpoch : leaderEpoch,
    deliveryCompleteCount,
    stateBatches: combineStateBatches(
      [...before.stateBatches, ...(value.stateBatches ?? [])],
      startOffset,
    ),
    fencedBelow: {
      ...before.fencedBelow,
      leaderEpoch: Math.max(leaderEpoch, before.fencedBelow.leaderEpoch),
    },
    updateCount: before.updateCount + 1,
  };
}
