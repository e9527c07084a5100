import {
  batchBaseSequence,
  batchLastOffset,
  batchLastOffsetDelta,
  batchLastSequence,
  batchMaxTimestamp,
  batchProducerEpoch,
  NO_PRODUCER_EPOCH,
  NO_SEQUENCE,
  NO_TIMESTAMP,
} from '@tidelog/protocol';

/** Retries of this many of a producer's newest batches are recognised. */
export const BATCHES_KEPT = 5;
export const NO_OFFSET = -1;
const MAX_SEQUENCE = 0x7fffffff;

export interface BatchMetadata {
  readonly lastSequence: number;
  readonly lastOffset: number;
  readonly offsetDelta: number;
  readonly timestamp: number;
}

/** Of the batch at `at`. */
export function batchMetadata(buffer: Buffer, at: number): BatchMetadata {
  return {
    lastSequence: batchLastSequence(buffer, at),
    lastOffset: batchLastOffset(buffer, at),
    offsetDelta: batchLastOffsetDelta(buffer, at),
    timestamp: batchMaxTimestamp(buffer, at),
  };
}

/** What a partition knows of one idempotent or transactional producer. */
export class ProducerEntry {
  readonly producerId: number;
  epoch = NO_PRODUCER_EPOCH;
  coordinatorEpoch = -1;
  lastTimestamp = NO_TIMESTAMP;
  /** Where the ongoing transaction began, or -1. */
  currentTxnFirstOffset = NO_OFFSET;
  /** The newest batches of this epoch, oldest first. */
  readonly batches: BatchMetadata[] = [];
  /** Of the batches before these nothing is known, though the log may hold them. */
  lacksOlder = false;

  constructor(producerId: number) {
    this.producerId = producerId;
  }

  get lastSequence(): number {
    return this.batches.at(-1)?.lastSequence ?? NO_SEQUENCE;
  }

  get lastDataOffset(): number {
    return this.batches.at(-1)?.lastOffset ?? NO_OFFSET;
  }

  get lastOffsetDelta(): number {
    return this.batches.at(-1)?.offsetDelta ?? 0;
  }

  /** Whether a transaction of this very epoch is ongoing. */
  hasTransaction(epoch: number): boolean {
    return this.currentTxnFirstOffset !== NO_OFFSET && this.epoch === epoch;
  }

  /** The kept batch with exactly the sequences of the one at `at`: that one is a retry then. */
  findDuplicate(buffer: Buffer, at: number): BatchMetadata | undefined {
    if (batchProducerEpoch(buffer, at) !== this.epoch) return undefined;
    const first = batchBaseSequence(buffer, at);
    const last = batchLastSequence(buffer, at);
    for (const batch of this.batches) {
      if (batch.lastSequence === last && firstSequenceOf(batch) === first) return batch;
    }
    return undefined;
  }

  /** Whether the batch at `at` seems to be of before what is known here. */
  mayHaveForgotten(buffer: Buffer, at: number): boolean {
    if (!this.lacksOlder || batchProducerEpoch(buffer, at) !== this.epoch) return false;
    return batchBaseSequence(buffer, at) !== nextSequence(this.lastSequence);
  }

  /** Takes in the batches before these, oldest first. */
  recall(older: readonly BatchMetadata[]): void {
    this.batches.unshift(...older);
    this.lacksOlder = false;
  }

  addBatch(epoch: number, batch: BatchMetadata): void {
    this.enterEpoch(epoch);
    if (this.batches.length === BATCHES_KEPT) this.batches.shift();
    this.batches.push(batch);
    if (this.batches.length === BATCHES_KEPT) this.lacksOlder = false;
    this.lastTimestamp = batch.timestamp;
  }

  endTransaction(epoch: number, coordinatorEpoch: number, timestamp: number): void {
    this.enterEpoch(epoch);
    this.coordinatorEpoch = coordinatorEpoch;
    this.currentTxnFirstOffset = NO_OFFSET;
    this.lastTimestamp = timestamp;
  }

  private enterEpoch(epoch: number): void {
    if (this.epoch === epoch) return;
    this.epoch = epoch;
    this.batches.length = 0;
    this.lacksOlder = false;
  }
}

export function nextSequence(last: number): number {
  return last === MAX_SEQUENCE ? 0 : last + 1;
}

/** Sequences wrap from 2^31 - 1 to 0. */
function firstSequenceOf({ lastSequence, offsetDelta }: BatchMetadata): number {
  const first = lastSequence - offsetDelta;
  return first < 0 ? first + 2 ** 31 : first;
}
