import type { Disk, Piece } from '@tidelog/platform';
import { errors } from '@tidelog/protocol';
import type { LeaderEpochs } from './checkpoint/leader-epochs.ts';
import type { LogConfig } from './config.ts';
import type { LogContext } from './context.ts';
import type { AbortedTransactionEntry } from './index/transaction-index.ts';
import type { LogStore, SegmentSwap } from './log-store.ts';
import { LogTransactions } from './producer-state/log-transactions.ts';
import type { ProducerState } from './producer-state/producer-state.ts';
import { findByTimestamp, findMaxTimestamp } from './read/find-by-timestamp.ts';
import { leaveInFile, readLent, readOwned, readSegments, type Take } from './read/read-segments.ts';
import { fillTail } from './read/fill-tail.ts';
import type { LogTail, TailReadLimits } from './read/log-tail.ts';
import type { Segments } from './segment/segments.ts';
import {
  type AbortedTransaction,
  type EpochEndOffset,
  failure,
  type LogFailure,
  type ProducerView,
  type ReadResult,
  StorageError,
  type TimestampAndOffset,
} from './results.ts';

export interface ReadLimits extends TailReadLimits {
  /** Also answer which aborted transactions touch the records (read_committed). */
  readonly abortedTransactions?: boolean;
}

export interface LogParts {
  readonly topic: string;
  readonly partition: number;
  readonly context: LogContext;
  readonly store: LogStore;
  readonly epochs: LeaderEpochs;
  readonly producers: ProducerState;
  readonly tail: LogTail;
  readonly logStartOffset: number;
}

/** All that can be asked of a log: where it starts and ends, its records, epochs and producers. */
export class LogView {
  readonly topic: string;
  readonly partition: number;
  readonly transactions: LogTransactions;
  protected readonly context: LogContext;
  protected readonly store: LogStore;
  protected readonly epochs: LeaderEpochs;
  protected readonly producerState: ProducerState;
  protected readonly tail: LogTail;
  /** The cleaner is at it: nothing else removes segments meanwhile. */
  isBeingCleaned = false;
  protected knownTopicId: string | null = null;
  /** Where the log went that a caller still holds; null while it is in its place. */
  protected movedAway: string | null = null;
  protected startOffset: number;
  protected committedOffset: number;

  protected constructor(parts: LogParts) {
    this.topic = parts.topic;
    this.partition = parts.partition;
    this.context = parts.context;
    this.store = parts.store;
    this.epochs = parts.epochs;
    this.producerState = parts.producers;
    this.transactions = new LogTransactions(parts.producers);
    this.tail = parts.tail;
    this.startOffset = parts.logStartOffset;
    this.committedOffset = parts.logStartOffset;
  }

  get name(): string {
    return `${this.topic}-${this.partition}`;
  }

  get directory(): string {
    return this.store.directory;
  }

  get config(): LogConfig {
    return this.store.config;
  }

  /** The topic id that the directory belongs to, or null when none is noted. */
  get topicId(): string | null {
    return this.knownTopicId;
  }

  get logStartOffset(): number {
    return this.startOffset;
  }

  get logEndOffset(): number {
    return this.store.endOffset;
  }

  /** Everything below is on stable storage. */
  get recoveryPoint(): number {
    return this.store.recoveryPoint;
  }

  /** What to note of the recovery point, for the next start to go by. */
  get recoverFrom(): number {
    return Math.min(this.store.recoverFrom, this.epochs.savedUpTo);
  }

  get highWatermark(): number {
    return this.committedOffset;
  }

  /** Where a read_committed reader has to stop: the high watermark, or the first undecided transaction. */
  get lastStableOffset(): number {
    const unstable = this.producerState.firstUnstableOffset;
    if (unstable === null || unstable >= this.committedOffset) return this.committedOffset;
    return Math.max(unstable, this.startOffset);
  }

  get sizeBytes(): number {
    return this.store.segments.sizeBytes;
  }

  /** Of the first segment of which there is a file. */
  get firstSegmentOffset(): number {
    const { leaving, retired, segments } = this.store;
    return (leaving[0] ?? retired[0] ?? segments.first).baseOffset;
  }

  get segmentCount(): number {
    return this.store.segments.all.length;
  }

  /** The segments themselves, for the parts of this package that look after logs. */
  get segments(): Segments {
    return this.store.segments;
  }

  get disk(): Disk {
    return this.context.disk;
  }

  /** How often records were taken back from the end of the log. */
  get truncations(): number {
    return this.store.truncations;
  }

  /** Whether segments that were read are still what they were, where they were. */
  holds(swap: SegmentSwap): boolean {
    return this.movedAway === null && this.store.holds(swap);
  }

  get latestLeaderEpoch(): number {
    return this.epochs.latestEpoch;
  }

  /**
   * Reads whole batches from the one that holds `startOffset` on; the last may be cut by `maxBytes`.
   * Empty at and above `maxOffset`, which is the caller's isolation: `highWatermark`,
   * `lastStableOffset` or `logEndOffset`.
   */
  read(startOffset: number, limits: ReadLimits): ReadResult {
    return this.readBy(limits.lends === true ? readLent : readOwned, startOffset, limits);
  }

  /** The same for whoever only sends the records, and gives them back: they may be left in the file. */
  readToSend(startOffset: number, limits: ReadLimits): ReadResult<Piece> {
    const leave = leaveInFile(({ message }) =>
      this.context.health.fail(`sending from ${this.directory}: ${message}`),
    );
    return this.readBy<Piece>(leave, startOffset, { ...limits, lends: true });
  }

  private readBy<Part extends Piece>(
    take: Take<Part>,
    startOffset: number,
    limits: ReadLimits,
  ): ReadResult<Part | Buffer> {
    if (startOffset < this.startOffset || startOffset > this.logEndOffset) {
      return failure(
        errors.OFFSET_OUT_OF_RANGE,
        `offset ${startOffset} is not within [${this.startOffset}, ${this.logEndOffset}]`,
      );
    }
    if (startOffset >= limits.maxOffset) {
      if (limits.lends === true) this.tail.follow();
      return { error: null, records: [], sizeBytes: 0, abortedTransactions: [] };
    }
    // Where all may be read, its end need not be looked for.
    const isBounded = limits.maxOffset < this.logEndOffset;
    const within = isBounded ? limits : { ...limits, maxOffset: Number.POSITIVE_INFINITY };
    return this.guarded('reading', () => {
      const records: (Part | Buffer)[] =
        this.tail.read(startOffset, within) ??
        this.readFilledTail(startOffset, within) ??
        readSegments(this.store.segments, startOffset, within, take);
      const sizeBytes = records.reduce((sum, { length }) => sum + length, 0);
      const abortedTransactions =
        limits.abortedTransactions === true && sizeBytes > 0
          ? this.abortedWithin(startOffset, sizeBytes, limits.maxOffset)
          : [];
      return { error: null, records, sizeBytes, abortedTransactions };
    });
  }

  /** For a consumer that comes to the log's end. */
  private readFilledTail(startOffset: number, limits: ReadLimits): Buffer[] | null {
    if (limits.lends !== true) return null;
    const { active } = this.store.segments;
    const wanted = { startOffset, maxBytes: limits.maxBytes };
    return fillTail(this.tail, active, wanted) ? this.tail.read(startOffset, limits) : null;
  }

  /** The aborted transactions with records in [startOffset, endOffset). */
  abortedTransactions(startOffset: number, endOffset: number): AbortedTransaction[] {
    const found: AbortedTransactionEntry[] = [];
    for (const segment of this.store.segments.from(startOffset)) {
      if (segment.transactionIndex.collect(startOffset, endOffset, found)) break;
    }
    return found.map(({ producerId, firstOffset }) => ({ producerId, firstOffset }));
  }

  /**
   * Those that a read of so many bytes can meet. A consumer far behind must not be told with every
   * fetch of all the aborted transactions that are still before it.
   */
  private abortedWithin(
    startOffset: number,
    sizeBytes: number,
    maxOffset: number,
  ): AbortedTransaction[] {
    const segments = this.store.segments.from(startOffset);
    if (!segments.some(({ transactionIndex }) => transactionIndex.exists)) return [];
    const first = segments[0]!.find(startOffset);
    const bound = first && segments[0]!.offsetIndex.offsetFrom(first.position + sizeBytes);
    return this.abortedTransactions(startOffset, Math.min(maxOffset, bound ?? maxOffset));
  }

  /** The first record at least as new as `timestamp`; null when there is none (ListOffsets). */
  offsetByTimestamp(timestamp: number): TimestampAndOffset | null {
    return findByTimestamp(this.store.segments, this.context.files, timestamp, this.startOffset);
  }

  /** The record with the greatest timestamp; null when the log has none (ListOffsets -3). */
  maxTimestampOffset(): TimestampAndOffset | null {
    return findMaxTimestamp(this.store.segments);
  }

  /** The log's start (ListOffsets -2). */
  earliestOffset(): TimestampAndOffset {
    const { earliest } = this.epochs;
    const known = earliest !== undefined && earliest.startOffset <= this.startOffset;
    return { timestamp: -1, offset: this.startOffset, leaderEpoch: known ? earliest.epoch : -1 };
  }

  /** Where an epoch ends in this log (OffsetForLeaderEpoch); null when that is not known. */
  endOffsetForEpoch(epoch: number): EpochEndOffset | null {
    return this.epochs.endOffset(epoch, this.logEndOffset);
  }

  /** The epoch that wrote the record at `offset`, or -1. */
  leaderEpochAt(offset: number): number {
    return this.epochs.epochAt(offset);
  }

  /** The idempotent and transactional producers (DescribeProducers). */
  producers(): ProducerView[] {
    return this.producerState.view();
  }

  /** Where the newest batch of each producer ends, -1 where only a marker is known. */
  lastBatches(): { producerId: number; epoch: number; lastDataOffset: number }[] {
    const entries = this.producerState.entries();
    return entries.map(({ producerId, epoch, lastDataOffset }) => {
      return { producerId, epoch, lastDataOffset };
    });
  }

  /** Disk work on behalf of a request: a failed disk is an answer. */
  protected guarded<T>(doing: string, work: () => T): T | LogFailure {
    if (this.movedAway !== null) return failure(errors.KAFKA_STORAGE_ERROR, this.movedAway);
    try {
      return this.context.health.attempt(`${doing} ${this.directory}`, work);
    } catch (error) {
      if (error instanceof StorageError) return failure(errors.KAFKA_STORAGE_ERROR, error.message);
      throw error;
    }
  }
}
