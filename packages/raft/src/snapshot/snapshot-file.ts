import {
  BATCH_HEADER_SIZE,
  batchCrcIsValid,
  batchIsControl,
  batchLastOffsetDelta,
  batchSizeBytes,
  setBatchBaseOffset,
  setBatchLeaderEpoch,
} from '@tidelog/protocol';
import type { OffsetAndEpoch } from '../keys.ts';
import { decodeControlBatch, encodeControlBatch } from '../replication/control-batches.ts';
import type { ControlRecord } from '../replication/control-records.ts';
import type { VoterSet } from '../voters/voter-set.ts';

export interface SnapshotOptions {
  readonly id: OffsetAndEpoch;
  /** The timestamp of the last record below `id.offset`. */
  readonly lastContainedLogTimestamp: number;
  readonly kraftVersion: number;
  /** The voters below `id.offset`; not written for kraft.version 0. */
  readonly voters: VoterSet;
  /** Stamped on the control batches. */
  readonly timestampMs: number;
}

/**
 * The bytes of a `.checkpoint` file (KIP-630): a control batch with header, kraft.version and voters,
 * the state machine's batches, a control batch with the footer. Offsets count from 0 inside the file;
 * data batches are stamped in place.
 */
export function* encodeSnapshot(
  options: SnapshotOptions,
  batches: Iterable<Buffer>,
): Generator<Buffer> {
  const { epoch: leaderEpoch } = options.id;
  const { timestampMs, lastContainedLogTimestamp, kraftVersion } = options;
  const head: ControlRecord[] = [{ type: 'snapshotHeader', lastContainedLogTimestamp }];
  if (kraftVersion > 0) {
    head.push({ type: 'kraftVersion', version: kraftVersion });
    if (options.voters.size > 0) head.push({ type: 'voters', voters: options.voters.voters });
  }
  yield encodeControlBatch(head, { baseOffset: 0, leaderEpoch, timestampMs });
  let baseOffset = head.length;
  for (const batch of batches) {
    setBatchBaseOffset(batch, 0, baseOffset);
    setBatchLeaderEpoch(batch, 0, leaderEpoch);
    baseOffset += batchLastOffsetDelta(batch, 0) + 1;
    yield batch;
  }
  yield encodeControlBatch([{ type: 'snapshotFooter' }], { baseOffset, leaderEpoch, timestampMs });
}

export interface SnapshotContent {
  /** Header, kraft.version, voters and footer, in order. */
  readonly controls: readonly ControlRecord[];
  /** The state machine's batches, as slices of the file. */
  readonly batches: readonly Buffer[];
}

/** Reads a whole snapshot; throws where it is damaged or incomplete. */
export function decodeSnapshot(file: Buffer): SnapshotContent {
  const controls: ControlRecord[] = [];
  const batches: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const size = at + BATCH_HEADER_SIZE <= file.length ? batchSizeBytes(file, at) : 0;
    const isWhole = size >= BATCH_HEADER_SIZE && at + size <= file.length;
    if (!isWhole || !batchCrcIsValid(file, at)) throw new Error(`damaged snapshot at byte ${at}`);
    if (batchIsControl(file, at)) {
      controls.push(...decodeControlBatch(file, at).filter((record) => record !== null));
    } else {
      batches.push(file.subarray(at, at + size));
    }
    at += size;
  }
  if (controls[0]?.type !== 'snapshotHeader' || controls.at(-1)?.type !== 'snapshotFooter') {
    throw new Error('a snapshot begins with a header and ends with a footer');
  }
  return { controls, batches };
}
