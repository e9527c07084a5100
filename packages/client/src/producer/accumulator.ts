import type { Clock } from '@tidelog/platform';
import {
  BATCH_HEADER_SIZE,
  batchSizeUpperBound,
  type NewRecordHeader,
  type RecordBytes,
} from '@tidelog/protocol';
import { BuilderPool } from './builder-pool.ts';
import { CompressionRatios } from './compression-ratios.ts';
import { PartitionQueue } from './partition-queue.ts';
import { ProducerBatch } from './producer-batch.ts';
import type { ProducerSettings } from './producer-settings.ts';

/** A record as it is appended; one object serves for all, one after the other. */
export interface AppendedRecord {
  timestamp: number;
  key: RecordBytes;
  value: RecordBytes;
  headers: readonly NewRecordHeader[];
  /** Of its batch, by the number on the wire. */
  codec: number;
  /** As of `recordSizeBound`. */
  maxSizeBytes: number;
}

/** Gathers records into batches, one queue for each partition, within the buffer memory. */
export class Accumulator {
  readonly #settings: ProducerSettings;
  readonly #topics = new Map<string, PartitionQueue[]>();
  /** Queues that have something to send. */
  readonly active = new Set<PartitionQueue>();
  /** Batches without an outcome. */
  readonly incomplete = new Set<ProducerBatch>();
  readonly ratios = new CompressionRatios();
  readonly #builders: BuilderPool;
  #freeBytes: number;
  /** Somebody waits for memory: nothing may linger. */
  isExhausted = false;
  /** What the last `append` is expected to add on the wire. */
  appendedBytes = 0;
  /** The last `append` began a batch, or made one ready: the sender should look. */
  appendNeedsSender = false;
  /** The batch of the last `append` waits for no other record. */
  appendFilled = false;

  constructor(settings: ProducerSettings) {
    this.#settings = settings;
    this.#freeBytes = settings.bufferMemoryBytes;
    this.#builders = new BuilderPool(settings);
  }

  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** By number, with holes where nothing was sent to. */
  queuesOf(topic: string): PartitionQueue[] {
    let queues = this.#topics.get(topic);
    if (queues === undefined) this.#topics.set(topic, (queues = []));
    return queues;
  }

  queue(topic: string, partition: number): PartitionQueue {
    return (this.queuesOf(topic)[partition] ??= new PartitionQueue(topic, partition));
  }

  queuedBatches(topic: string, partition: number): number {
    return this.#topics.get(topic)?.[partition]?.batches.length ?? 0;
  }

  /** All that wait or are on the wire. */
  *queues(): Generator<PartitionQueue> {
    for (const queues of this.#topics.values()) yield* queues.filter(Boolean);
  }

  /** The batch that the record is the last of, or null where there is no memory for another batch. */
  append(queue: PartitionQueue, record: AppendedRecord, clock: Clock): ProducerBatch | null {
    const { timestamp, key, value, headers } = record;
    let batch = this.#openBatch(queue, record);
    this.appendNeedsSender = batch === null;
    if (batch === null) {
      batch = this.#begin(queue, record, clock.monotonic());
      if (batch === null) return null;
      queue.batches.push(batch);
      this.active.add(queue);
      this.incomplete.add(batch);
    }
    this.appendedBytes = batch.append(timestamp, key, value, headers) * batch.expectedRatio;
    this.appendFilled = batch.openBytes >= batch.limitBytes;
    if (this.appendFilled) this.appendNeedsSender = true;
    return batch;
  }

  isFull(batch: ProducerBatch): boolean {
    return batch.isClosed || batch.openBytes >= batch.limitBytes;
  }

  /** Encodes a batch that leaves. */
  close(batch: ProducerBatch): void {
    if (batch.isClosed) return;
    const plainBytes = batch.openBytes - BATCH_HEADER_SIZE;
    const builder = batch.close(this.#settings);
    if (builder === null) return;
    const ratio = (batch.bytes.length - BATCH_HEADER_SIZE) / plainBytes;
    this.ratios.observed(batch.queue.topic, batch.codec, ratio);
    this.#builders.giveBack(builder);
  }

  /**
   * A batch has its outcome: its memory is free. `answered`: its bytes have left this process, so that they may
   * be written over.
   */
  release(batch: ProducerBatch, answered = false): void {
    if (!this.incomplete.delete(batch)) return;
    this.#freeBytes += batch.reservedBytes;
    this.isExhausted = false;
    const builder = batch.discard();
    if (builder !== null && (answered || batch.attempts === 0)) this.#builders.giveBack(builder);
  }

  /** Takes the first batch of a queue. */
  take(queue: PartitionQueue): ProducerBatch {
    const batch = queue.batches.shift()!;
    if (queue.batches.length === 0) this.active.delete(queue);
    return batch;
  }

  putBack(queue: PartitionQueue, ...batches: ProducerBatch[]): void {
    queue.putBack(...batches);
    for (const batch of batches) this.incomplete.add(batch);
    this.active.add(queue);
  }

  /** The last batch of the queue, when it has room for the record. */
  #openBatch(queue: PartitionQueue, record: AppendedRecord): ProducerBatch | null {
    const batch = queue.tail;
    // What has left, or was made by a split, takes no more.
    if (batch === undefined || batch.isClosed || batch.hasSequence) return null;
    if (batch.codec !== record.codec) return null;
    let sizeBytes = batch.openBytes + record.maxSizeBytes;
    if (sizeBytes > batch.limitBytes) {
      const { timestamp, key, value, headers } = record;
      sizeBytes = batch.sizeBytesWith(timestamp, key, value, headers);
      if (sizeBytes > batch.limitBytes) return null;
    }
    return sizeBytes <= batch.reservedBytes || this.#reserve(batch, sizeBytes) ? batch : null;
  }

  /** Memory for a batch that holds more than `batch.size` before it is compressed; false where there is none. */
  #reserve(batch: ProducerBatch, sizeBytes: number): boolean {
    const moreBytes = Math.max(batch.reservedBytes, sizeBytes - batch.reservedBytes);
    if (moreBytes > this.#freeBytes) return false;
    this.#freeBytes -= moreBytes;
    batch.reservedBytes += moreBytes;
    return true;
  }

  #begin(queue: PartitionQueue, record: AppendedRecord, now: number): ProducerBatch | null {
    const { batchSizeBytes, maxRequestSizeBytes } = this.#settings;
    const { key, value, headers, codec } = record;
    const reserved = Math.max(batchSizeBytes, batchSizeUpperBound(key, value, headers));
    // One batch always goes, or a buffer smaller than a record would block for ever.
    this.isExhausted = reserved > this.#freeBytes && this.incomplete.size > 0;
    if (this.isExhausted) return null;
    this.#freeBytes -= reserved;
    const batch = new ProducerBatch(queue, now, reserved, this.#builders.take(codec));
    const ratio = this.ratios.expected(queue.topic, codec);
    const plainBytes = (batchSizeBytes - BATCH_HEADER_SIZE) / ratio;
    batch.codec = codec;
    batch.expectedRatio = ratio;
    // However well they compress, a reader shall not have to unpack more than a request may carry.
    const mostBytes = Math.max(batchSizeBytes, maxRequestSizeBytes);
    batch.limitBytes = Math.min(BATCH_HEADER_SIZE + plainBytes, mostBytes);
    return batch;
  }
}
