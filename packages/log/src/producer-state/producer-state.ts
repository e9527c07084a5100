import {
  batchBaseOffset,
  batchIsControl,
  batchIsTransactional,
  batchLastOffset,
  batchProducerEpoch,
  batchProducerId,
} from '@tidelog/protocol';
import type { ProducerView } from '../results.ts';
import { readTransactionMarker, type TransactionMarker } from './control-record.ts';
import { batchMetadata, NO_OFFSET, ProducerEntry } from './producer-entry.ts';
import { Verifications } from './verification.ts';

export interface CompletedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  /** Offset of the marker. */
  readonly lastOffset: number;
  readonly aborted: boolean;
  /** The last stable offset once this one is done: for the transaction index. */
  readonly lastStableOffset: number;
}

/**
 * The producers of one partition and their transactions, up to an offset of the log. Pure: it is fed
 * with batches, in the order of the log, both when they are appended and when the log is loaded.
 */
export class ProducerState {
  readonly verifications = new Verifications();
  private readonly producers = new Map<number, ProducerEntry>();
  /** Producer by first offset, for transactions without a marker; in the order of the log. */
  private readonly ongoing = new Map<number, number>();
  /** First offset by marker's offset, for transactions whose marker is not yet below the high watermark. */
  private readonly unreplicated = new Map<number, number>();
  /** All batches below are in the state. */
  endOffset: number;

  constructor(endOffset: number) {
    this.endOffset = endOffset;
  }

  get isEmpty(): boolean {
    return this.producers.size === 0 && this.unreplicated.size === 0;
  }

  get size(): number {
    return this.producers.size;
  }

  get(producerId: number): ProducerEntry | undefined {
    return this.producers.get(producerId);
  }

  entries(): ProducerEntry[] {
    return [...this.producers.values()];
  }

  /** Forgets everything and starts from a snapshot's producers. */
  load(producers: readonly ProducerEntry[], endOffset: number): void {
    this.producers.clear();
    this.ongoing.clear();
    this.unreplicated.clear();
    this.verifications.clear();
    this.endOffset = endOffset;
    for (const producer of producers) this.producers.set(producer.producerId, producer);
    const open = producers.filter((producer) => producer.currentTxnFirstOffset !== NO_OFFSET);
    open.sort((a, b) => a.currentTxnFirstOffset - b.currentTxnFirstOffset);
    for (const { currentTxnFirstOffset, producerId } of open) {
      this.ongoing.set(currentTxnFirstOffset, producerId);
    }
  }

  /** Takes in the batch at `at`, which is in the log now. Returns the transaction that it ended, if any. */
  apply(buffer: Buffer, at: number): CompletedTransaction | null {
    const producerId = batchProducerId(buffer, at);
    if (producerId < 0) {
      this.endOffset = batchLastOffset(buffer, at) + 1;
      return null;
    }
    let completed: CompletedTransaction | null = null;
    if (!batchIsControl(buffer, at)) {
      this.applyData(this.entryOf(producerId), buffer, at);
    } else {
      const marker = readTransactionMarker(buffer, at);
      if (marker !== null)
        completed = this.applyMarker(this.entryOf(producerId), marker, buffer, at);
    }
    if (batchIsTransactional(buffer, at)) {
      const epoch = batchProducerEpoch(buffer, at);
      this.verifications.settle(producerId, epoch, batchIsControl(buffer, at));
    }
    this.endOffset = batchLastOffset(buffer, at) + 1;
    return completed;
  }

  /** The first offset that a read_committed reader may not pass, or null. */
  get firstUnstableOffset(): number | null {
    let first = this.firstOngoingOffset ?? Number.POSITIVE_INFINITY;
    for (const firstOffset of this.unreplicated.values()) first = Math.min(first, firstOffset);
    return first === Number.POSITIVE_INFINITY ? null : first;
  }

  /** Where the oldest transaction without a marker began, or null. */
  get firstOngoingOffset(): number | null {
    for (const firstOffset of this.ongoing.keys()) return firstOffset;
    return null;
  }

  /** The producer whose transaction began first of those without a marker. */
  get oldestOngoing(): ProducerEntry | undefined {
    for (const producerId of this.ongoing.values()) return this.producers.get(producerId);
    return undefined;
  }

  onHighWatermark(highWatermark: number): void {
    for (const markerOffset of this.unreplicated.keys()) {
      if (markerOffset < highWatermark) this.unreplicated.delete(markerOffset);
    }
  }

  onLogStartOffset(logStartOffset: number): void {
    this.onHighWatermark(logStartOffset);
    this.endOffset = Math.max(this.endOffset, logStartOffset);
  }

  /**
   * Forgets producers that were silent for so long (`producer.id.expiration.ms`), but none in a
   * transaction; and verifications that nobody has finished.
   */
  expire(now: number, expirationMs: number): void {
    this.verifications.expire(now, expirationMs);
    for (const producer of this.producers.values()) {
      if (isExpired(producer, now, expirationMs)) this.producers.delete(producer.producerId);
    }
  }

  view(): ProducerView[] {
    return this.entries().map((producer) => ({
      producerId: producer.producerId,
      producerEpoch: producer.epoch,
      lastSequence: producer.lastSequence,
      lastTimestamp: producer.lastTimestamp,
      coordinatorEpoch: producer.coordinatorEpoch,
      currentTxnStartOffset: producer.currentTxnFirstOffset,
    }));
  }

  private entryOf(producerId: number): ProducerEntry {
    let entry = this.producers.get(producerId);
    if (entry === undefined) {
      entry = new ProducerEntry(producerId);
      this.producers.set(producerId, entry);
    }
    return entry;
  }

  private applyData(entry: ProducerEntry, buffer: Buffer, at: number): void {
    const baseOffset = batchBaseOffset(buffer, at);
    entry.addBatch(batchProducerEpoch(buffer, at), batchMetadata(buffer, at));
    if (batchIsTransactional(buffer, at) && entry.currentTxnFirstOffset === NO_OFFSET) {
      entry.currentTxnFirstOffset = baseOffset;
      this.ongoing.set(baseOffset, entry.producerId);
    }
  }

  private applyMarker(
    entry: ProducerEntry,
    marker: TransactionMarker,
    buffer: Buffer,
    at: number,
  ): CompletedTransaction | null {
    const firstOffset = entry.currentTxnFirstOffset;
    const lastOffset = batchBaseOffset(buffer, at);
    const epoch = batchProducerEpoch(buffer, at);
    entry.endTransaction(epoch, marker.coordinatorEpoch, marker.timestamp);
    // A marker without data changes nothing for readers.
    if (firstOffset === NO_OFFSET) return null;
    this.ongoing.delete(firstOffset);
    this.unreplicated.set(lastOffset, firstOffset);
    return {
      producerId: entry.producerId,
      firstOffset,
      lastOffset,
      aborted: !marker.committed,
      lastStableOffset: this.firstOngoingOffset ?? lastOffset + 1,
    };
  }
}

export function isExpired(producer: ProducerEntry, now: number, expirationMs: number): boolean {
  return (
    producer.currentTxnFirstOffset === NO_OFFSET && now - producer.lastTimestamp >= expirationMs
  );
}
