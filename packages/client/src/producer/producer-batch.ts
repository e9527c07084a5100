import {
  addSequence,
  BATCH_HEADER_SIZE,
  BatchBuilder,
  batchBaseTimestamp,
  batchCodec,
  batchIsTransactional,
  batchLastOffsetDelta,
  batchMaxTimestamp,
  batchRecordCount,
  NO_SEQUENCE,
  type RecordBytes,
  RecordCursor,
  writeBatchHeader,
  type NewRecordHeader,
} from '@tidelog/protocol';
import type { KafkaClientError } from '../client-error.ts';
import type { SentRecord } from './message.ts';
import type { PartitionQueue } from './partition-queue.ts';

/** What a broker answered for a batch. */
export interface BatchSuccess {
  readonly baseOffset: number;
  readonly logAppendTimeMs: number;
}

export interface BatchFailure {
  readonly error: KafkaClientError;
  /** The records at fault, where the broker told (KIP-467). */
  readonly byRecord?: ReadonlyMap<number, KafkaClientError>;
}

export interface ProducerIdentity {
  readonly producerId: number;
  readonly epoch: number;
}

export interface BatchEncoding {
  readonly codec: number;
  /** Of that codec. */
  readonly compressionLevel: number | undefined;
  /** Of a transactional producer. */
  readonly transactionalId: string | null;
}

/** A header of a batch without a producer's identity. */
const ANONYMOUS: ProducerIdentity = { producerId: -1, epoch: -1 };

/** Records on their way to one partition: filled, encoded once, sent until there is an outcome. */
export class ProducerBatch {
  readonly queue: PartitionQueue;
  /** Clock.monotonic() when its first record came. */
  readonly createdAt: number;
  /** What it holds of the buffer memory until it is done. */
  reservedBytes: number;
  /** It takes no more records from so many bytes on, uncompressed. */
  limitBytes = 0;
  /** The share of its bytes that it is expected to leave with. */
  expectedRatio = 1;
  /** Resolves when there is an outcome, good or bad: ask `result`. */
  readonly done: Promise<void>;
  attempts = 0;
  /** Not to be sent again before (monotonic), unless the partition has another leader by then. */
  retryAt = 0;
  /** Of the leader that it was sent to last. */
  leaderEpoch = -1;
  /** It was sent to a topic of this name, whichever that was. */
  sentByName = false;
  baseSequence = NO_SEQUENCE;
  /** By its number on the wire. */
  codec = 0;
  #identity: ProducerIdentity = ANONYMOUS;
  #builder: BatchBuilder | null;
  #encoded: Buffer | null = null;
  #recordCount = 0;
  #outcome: BatchSuccess | BatchFailure | null = null;
  #parts: readonly ProducerBatch[] | null = null;
  #settle!: () => void;

  constructor(
    queue: PartitionQueue,
    createdAt: number,
    reservedBytes: number,
    builder: BatchBuilder,
  ) {
    this.queue = queue;
    this.createdAt = createdAt;
    this.reservedBytes = reservedBytes;
    this.#builder = builder;
    this.done = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  get recordCount(): number {
    return this.#recordCount;
  }

  /** On the wire; while it is open, as far as can be told. */
  get sizeBytes(): number {
    if (this.#encoded !== null) return this.#encoded.length;
    const recordsBytes = this.#builder!.sizeBytes - BATCH_HEADER_SIZE;
    return BATCH_HEADER_SIZE + recordsBytes * this.expectedRatio;
  }

  /** What an open batch takes so far, uncompressed. */
  get openBytes(): number {
    return this.#builder!.sizeBytes;
  }

  get isClosed(): boolean {
    return this.#encoded !== null;
  }

  get isDone(): boolean {
    return this.#outcome !== null || this.#parts !== null;
  }

  get hasSequence(): boolean {
    return this.baseSequence !== NO_SEQUENCE;
  }

  get lastSequence(): number {
    return addSequence(this.baseSequence, this.#recordCount - 1);
  }

  /** What a record would bring the batch to; only while it is open. */
  sizeBytesWith(
    timestamp: number,
    key: RecordBytes,
    value: RecordBytes,
    headers: readonly NewRecordHeader[],
  ): number {
    return this.#builder!.sizeBytesWith(timestamp, key, value, headers);
  }

  /** Gives the bytes that the record took. */
  append(
    timestamp: number,
    key: RecordBytes,
    value: RecordBytes,
    headers: readonly NewRecordHeader[],
  ): number {
    const sizeBytes = this.#builder!.append(timestamp, key, value, headers);
    this.#recordCount++;
    return sizeBytes;
  }

  /**
   * Takes no more records; gives the builder back for the next batch, or null where its memory is the batch,
   * which nothing has to copy then.
   */
  close(encoding: BatchEncoding): BatchBuilder | null {
    const { codec } = this;
    const builder = this.#builder!;
    const { producerId, epoch } = this.#identity;
    const header = {
      producerId,
      producerEpoch: epoch,
      baseSequence: this.baseSequence,
      transactional: encoding.transactionalId !== null,
    };
    if (codec === 0) {
      this.#encoded = builder.finishInPlace(header);
      return null;
    }
    const level = codec === encoding.codec ? encoding.compressionLevel : undefined;
    this.#encoded = builder.finish({ ...header, codec, level });
    this.#builder = null;
    return builder;
  }

  /** Lets go of the records; gives the builder where it still has it. */
  discard(): BatchBuilder | null {
    const builder = this.#builder;
    this.#builder = null;
    this.#encoded = null;
    return builder;
  }

  /** The bytes to send; the batch must be closed. */
  get bytes(): Buffer {
    return this.#encoded!;
  }

  /** Gives the batch its place in the producer's sequence, or another one after an epoch bump. */
  setSequence(identity: ProducerIdentity, baseSequence: number): void {
    this.#identity = identity;
    this.baseSequence = baseSequence;
    const old = this.#encoded;
    if (old === null) return;
    // A copy: the old bytes may still be on their way to the socket.
    const buf = Buffer.from(old);
    writeBatchHeader(buf, 0, {
      sizeBytes: buf.length,
      baseOffset: 0,
      lastOffsetDelta: batchLastOffsetDelta(buf, 0),
      recordCount: batchRecordCount(buf, 0),
      baseTimestamp: batchBaseTimestamp(buf, 0),
      maxTimestamp: batchMaxTimestamp(buf, 0),
      codec: batchCodec(buf, 0),
      producerId: identity.producerId,
      producerEpoch: identity.epoch,
      baseSequence,
      transactional: batchIsTransactional(buf, 0),
    });
    this.#encoded = buf;
  }

  /**
   * Splits a batch that is too large for the broker into batches of at most `sizeBytes` (one record at
   * least), with the same sequences. This batch is done when they are.
   */
  split(sizeBytes: number): ProducerBatch[] {
    const parts: ProducerBatch[] = [];
    const cursor = new RecordCursor();
    cursor.open(this.bytes, 0);
    let part: ProducerBatch | null = null;
    while (cursor.next()) {
      const { timestamp, key, value, headers } = cursor;
      if (part === null || part.sizeBytesWith(timestamp, key, value, headers) > sizeBytes) {
        part = new ProducerBatch(
          this.queue,
          this.createdAt,
          0,
          new BatchBuilder(BATCH_HEADER_SIZE),
        );
        part.codec = this.codec;
        parts.push(part);
      }
      part.append(timestamp, key, value, headers);
    }
    let sequence = this.baseSequence;
    for (const part of parts) {
      part.attempts = this.attempts;
      if (!this.hasSequence) continue;
      part.setSequence(this.#identity, sequence);
      sequence = addSequence(sequence, part.recordCount);
    }
    this.#parts = parts;
    void Promise.all(parts.map(({ done }) => done)).then(this.#settle);
    return parts;
  }

  succeed(success: BatchSuccess): void {
    this.#finish(success);
  }

  fail(failure: BatchFailure): void {
    this.#finish(failure);
  }

  /** Resolves with where a record is; rejects with what it failed with. `own` is the time it was sent with. */
  sent(index: number, own: number): Promise<SentRecord> {
    return this.done.then(() => this.result(index, own));
  }

  /** The same where there is an outcome. */
  result(index: number, own: number): SentRecord {
    if (this.#parts !== null) {
      const { owner, place } = this.#locate(index);
      return owner.result(place, own);
    }
    const outcome = this.#outcome!;
    if ('error' in outcome) throw outcome.byRecord?.get(index) ?? outcome.error;
    const { topic, partition } = this.queue;
    const offset = outcome.baseOffset < 0 ? -1 : outcome.baseOffset + index;
    const timestamp = outcome.logAppendTimeMs < 0 ? own : outcome.logAppendTimeMs;
    return { topic, partition, offset, timestamp };
  }

  #locate(index: number): { owner: ProducerBatch; place: number } {
    let place = index;
    for (const part of this.#parts ?? []) {
      if (place < part.#recordCount) return part.#locate(place);
      place -= part.#recordCount;
    }
    return { owner: this, place };
  }

  #finish(outcome: BatchSuccess | BatchFailure): void {
    if (this.isDone) return;
    this.#outcome = outcome;
    this.#settle();
  }
}
