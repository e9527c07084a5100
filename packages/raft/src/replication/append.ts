import {
  BATCH_HEADER_SIZE,
  batchBaseOffset,
  batchCrcIsValid,
  batchLastOffset,
  batchLastOffsetDelta,
  batchLeaderEpoch,
  batchSizeBytes,
  setBatchBaseOffset,
  setBatchLeaderEpoch,
} from '@tidelog/protocol';
import type { Quorum } from '../quorum.ts';
import { decodeControlBatch, encodeControlBatch } from './control-batches.ts';
import type { ControlRecord } from './control-records.ts';

/** Appends what the state machine proposes: each buffer is one batch, stamped in place. */
export function appendProposal(quorum: Quorum, batches: readonly Buffer[]): void {
  const baseOffset = quorum.log.endOffset;
  let endOffset = baseOffset;
  for (const batch of batches) {
    setBatchBaseOffset(batch, 0, endOffset);
    setBatchLeaderEpoch(batch, 0, quorum.epoch);
    endOffset += batchLastOffsetDelta(batch, 0) + 1;
  }
  if (endOffset === baseOffset) return;
  quorum.log.append(quorum.epoch, endOffset);
  quorum.emit({ type: 'append', baseOffset, endOffset, batches });
}

/** Appends a control batch of the leader's own; returns the offset of its last record. */
export function appendControls(quorum: Quorum, controls: readonly ControlRecord[]): number {
  const { epoch: leaderEpoch, now: timestampMs } = quorum;
  const baseOffset = quorum.log.endOffset;
  const batch = encodeControlBatch(controls, { baseOffset, leaderEpoch, timestampMs });
  const endOffset = baseOffset + controls.length;
  quorum.log.append(leaderEpoch, endOffset);
  quorum.emit({ type: 'append', baseOffset, endOffset, batches: [batch] });
  controls.forEach((record, index) => quorum.applyControl(baseOffset + index, record));
  return endOffset - 1;
}

/**
 * Begins a leader's epoch. No older record counts as committed before one of this epoch is, so there
 * must be one at once; and a leader whose voter record isn't up to date brings it up to date here.
 */
export function appendStartOfEpoch(quorum: Quorum, grantingVoters: readonly number[]): void {
  const { voters, history } = quorum;
  const leaderId = quorum.key.id;
  const controls: ControlRecord[] = [
    { type: 'leaderChange', leaderId, voters: voters.ids, grantingVoters },
  ];
  if (history.kraftVersion > 0) {
    const isFromBootstrap = history.lastOffset === -1;
    if (isFromBootstrap || voters.isOutdated(quorum.localVoter)) {
      const updated = voters.updated(quorum.localVoter) ?? voters;
      controls.push({ type: 'kraftVersion', version: history.kraftVersion });
      controls.push({ type: 'voters', voters: updated.voters });
    }
  }
  appendControls(quorum, controls);
}

/**
 * Appends what a follower fetched, up to the first batch that can't follow: cut off at the end of the
 * response, damaged, or out of order.
 */
export function appendFetched(quorum: Quorum, records: Buffer): void {
  const baseOffset = quorum.log.endOffset;
  let sizeBytes = 0;
  while (isNext(quorum, records, sizeBytes)) {
    const batchOffset = batchBaseOffset(records, sizeBytes);
    const controls = decodeControlBatch(records, sizeBytes);
    const epoch = batchLeaderEpoch(records, sizeBytes);
    quorum.log.append(epoch, batchLastOffset(records, sizeBytes) + 1);
    controls.forEach((record, index) => {
      if (record !== null) quorum.applyControl(batchOffset + index, record);
    });
    sizeBytes += batchSizeBytes(records, sizeBytes);
  }
  if (sizeBytes === 0) return;
  const batches = [records.subarray(0, sizeBytes)];
  quorum.emit({ type: 'append', baseOffset, endOffset: quorum.log.endOffset, batches });
}

function isNext(quorum: Quorum, records: Buffer, at: number): boolean {
  if (records.length - at < BATCH_HEADER_SIZE) return false;
  const size = batchSizeBytes(records, at);
  if (size < BATCH_HEADER_SIZE || at + size > records.length) return false;
  const epoch = batchLeaderEpoch(records, at);
  return (
    batchCrcIsValid(records, at) &&
    batchBaseOffset(records, at) === quorum.log.endOffset &&
    batchLastOffsetDelta(records, at) >= 0 &&
    epoch >= quorum.log.lastEpoch &&
    epoch <= quorum.epoch
  );
}
