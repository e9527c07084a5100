import {
  batchBaseOffset,
  batchLeaderEpoch,
  batchProducerId,
  batchSizeBytes,
  errors,
} from '@tidelog/protocol';
import { prepareFollowerBatches } from './append/follower-append.ts';
import {
  type LeaderAppend,
  type PreparedBatches,
  prepareClientBatch,
  prepareCoordinatorBatches,
} from './append/leader-append.ts';
import { writeLeaderEpochs } from './checkpoint/leader-epoch-checkpoint.ts';
import type { LeaderEpochs } from './checkpoint/leader-epochs.ts';
import { readTopicId, writeTopicId } from './checkpoint/partition-metadata.ts';
import type { LogConfig } from './config.ts';
import type { LogContext } from './context.ts';
import type { Flushable } from './directory/group-commit.ts';
import { FlushWaiters } from './flush-waiters.ts';
import { LogStore } from './log-store.ts';
import { checkProducerBatch } from './producer-state/check-batch.ts';
import type { BatchMetadata } from './producer-state/producer-entry.ts';
import type { ProducerState } from './producer-state/producer-state.ts';
import { findByTimestamp, findMaxTimestamp } from './read/find-by-timestamp.ts';
import { readSegments } from './read/read-segments.ts';
import { LogTail, type TailReadLimits } from './read/tail-cache.ts';
import { loadProducers } from './recovery/load-producers.ts';
import { type CutTail, type LoadOptions, loadLog } from './recovery/load-log.ts';
import {
  type AbortedTransaction,
  type Appended,
  type AppendResult,
  type EpochEndOffset,
  failure,
  isFailure,
  type LogFailure,
  type ProducerView,
  type ReadResult,
  StorageError,
  type TimestampAndOffset,
} from './results.ts';
import { deletableSegments } from './retention.ts';
import type { AbortedTransactionEntry } from './index/transaction-index.ts';

export interface OpenLogOptions extends LoadOptions {
  readonly topic: string;
  readonly partition: number;
  /** Noted in `partition.metadata` where that has none yet. */
  readonly topicId?: string;
  /**
   * Called before bytes below the recovery point are given up, with where it will be: a checkpoint
   * that is above must be lowered first.
   */
  readonly lowerRecoveryPoint?: (log: Log, recoveryPoint: number) => void;
}

export interface ReadLimits extends TailReadLimits {
  /** Also answer which aborted transactions touch the records (read_committed). */
  readonly abortedTransactions?: boolean;
}

/**
 * One partition on disk, in Apache Kafka's format. Everything but flushing is synchronous, and takes
 * effect before it returns; reads see what was appended at once.
 *
 * What can be wrong with a request comes back as a value (`error`), a failed disk too
 * (KAFKA_STORAGE_ERROR): the whole directory is offline from then on.
 */
export class Log implements Flushable {
  readonly topic: string;
  readonly partition: number;
  /** The tail that recovery had to cut off, if any: worth a line in the server's log. */
  readonly cutTail: CutTail | null;
  private readonly context: LogContext;
  private readonly store: LogStore;
  private readonly epochs: LeaderEpochs;
  private readonly producerState: ProducerState;
  private readonly tail: LogTail;
  private readonly lowerRecoveryPoint: (log: Log, recoveryPoint: number) => void;
  private knownTopicId: string | null;
  private startOffset: number;
  private committedOffset: number;
  private readonly waiters = new FlushWaiters();
  private syncs: Promise<void> = Promise.resolve();

  /** @throws StorageError when synced bytes are damaged; nothing else is wrong with the directory then. */
  static open(options: OpenLogOptions): Log {
    return options.context.health.guard(`opening ${options.directory}`, () => new Log(options));
  }

  private constructor(options: OpenLogOptions) {
    const { context, directory, config, now } = options;
    const loaded = loadLog(options);
    this.topic = options.topic;
    this.partition = options.partition;
    this.cutTail = loaded.cutTail;
    this.context = context;
    this.store = new LogStore(context, directory, config, loaded, now);
    this.epochs = loaded.epochs;
    this.producerState = loaded.producers;
    this.tail = new LogTail(context.tail);
    this.lowerRecoveryPoint = options.lowerRecoveryPoint ?? (() => {});
    this.startOffset = loaded.logStartOffset;
    this.store.recoveryPoint = Math.max(loaded.recoveryPoint, this.startOffset);
    this.committedOffset = this.startOffset;
    this.knownTopicId = readTopicId(context.disk, directory);
    if (options.topicId !== undefined) this.assignTopicId(options.topicId);
    this.saveEpochs();
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

  get firstSegmentOffset(): number {
    return this.store.segments.first.baseOffset;
  }

  get segmentCount(): number {
    return this.store.segments.all.length;
  }

  get latestLeaderEpoch(): number {
    return this.epochs.latestEpoch;
  }

  updateConfig(config: LogConfig): void {
    this.store.config = config;
  }

  assignTopicId(topicId: string): void {
    if (this.knownTopicId !== null && this.knownTopicId !== topicId) {
      throw new Error(`${this.directory} belongs to topic id ${this.knownTopicId}, not ${topicId}`);
    }
    if (this.knownTopicId === null) writeTopicId(this.context.disk, this.directory, topicId);
    this.knownTopicId = topicId;
  }

  /**
   * Appends what was produced, as the partition's leader: one batch from a client, any number from a
   * coordinator. The bytes are handed over: they are changed in place and kept for readers.
   */
  appendAsLeader(records: Buffer, options: LeaderAppend): AppendResult {
    const origin = options.origin ?? 'client';
    const prepared =
      origin === 'client'
        ? prepareClientBatch(records, this.config, options, this.logEndOffset)
        : prepareCoordinatorBatches(records, this.config, options.leaderEpoch, this.logEndOffset);
    if (isFailure(prepared)) return prepared;
    const rules = { origin, transactionVersion: options.transactionVersion ?? 0 };
    const { batches } = prepared;
    for (let at = 0; at < batches.length; at += batchSizeBytes(batches, at)) {
      const producerId = batchProducerId(batches, at);
      if (producerId < 0) continue;
      const entry = this.producerState.get(producerId);
      const duplicate = origin === 'client' ? entry?.findDuplicate(batches, at) : undefined;
      if (duplicate !== undefined) return this.duplicateOf(duplicate);
      const refused = checkProducerBatch(batches, at, entry, rules);
      if (refused !== null) return refused;
    }
    return this.write(prepared, options.now);
  }

  /**
   * Appends batches that have their offsets and epochs already: fetched from the leader, or made by
   * the leader of a metadata quorum. Batches of an epoch above `maxLeaderEpoch` are left out.
   */
  appendAsFollower(
    records: Buffer,
    { maxLeaderEpoch, now }: { readonly maxLeaderEpoch: number; readonly now: number },
  ): AppendResult {
    const prepared = prepareFollowerBatches(records, maxLeaderEpoch, this.logEndOffset);
    if (prepared === null) return this.appended(this.logEndOffset, this.logEndOffset - 1, -1);
    return isFailure(prepared) ? prepared : this.write(prepared, now);
  }

  /** Notes that records of `epoch` start at the log's end: called when this broker becomes the leader. */
  assignLeaderEpoch(epoch: number): void {
    this.epochs.assign(epoch, this.logEndOffset);
    this.saveEpochs();
  }

  /**
   * Reads whole batches from the one that holds `startOffset` on; the last may be cut by `maxBytes`.
   * Empty at and above `maxOffset`, which is the caller's isolation: `highWatermark`,
   * `lastStableOffset` or `logEndOffset`.
   */
  read(startOffset: number, limits: ReadLimits): ReadResult {
    if (startOffset < this.startOffset || startOffset > this.logEndOffset) {
      return failure(
        errors.OFFSET_OUT_OF_RANGE,
        `offset ${startOffset} is not within [${this.startOffset}, ${this.logEndOffset}]`,
      );
    }
    if (startOffset >= limits.maxOffset)
      return { error: null, records: [], sizeBytes: 0, abortedTransactions: [] };
    return this.guarded('reading', () => {
      const records =
        this.tail.read(startOffset, limits) ??
        readSegments(this.store.segments, startOffset, limits);
      const sizeBytes = records.reduce((sum, bytes) => sum + bytes.length, 0);
      const abortedTransactions =
        limits.abortedTransactions === true && sizeBytes > 0
          ? this.abortedTransactions(startOffset, limits.maxOffset)
          : [];
      return { error: null, records, sizeBytes, abortedTransactions };
    });
  }

  /** The aborted transactions with records in [startOffset, endOffset). */
  abortedTransactions(startOffset: number, endOffset: number): AbortedTransaction[] {
    const found: AbortedTransactionEntry[] = [];
    for (const segment of this.store.segments.from(startOffset)) {
      if (segment.transactionIndex.collect(startOffset, endOffset, found)) break;
    }
    return found.map(({ producerId, firstOffset }) => ({ producerId, firstOffset }));
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

  /** Moves the high watermark, within the log; returns where it is now. */
  updateHighWatermark(highWatermark: number): number {
    const bounded = Math.min(Math.max(highWatermark, this.startOffset), this.logEndOffset);
    this.committedOffset = bounded;
    this.producerState.onHighWatermark(bounded);
    return bounded;
  }

  /** The idempotent and transactional producers (DescribeProducers). */
  producers(): ProducerView[] {
    return this.producerState.view();
  }

  /** Forgets producers that were silent for `producer.id.expiration.ms`. */
  expireProducers(now: number): void {
    this.producerState.expire(now, this.context.producerIdExpirationMs);
  }

  /** Forgets everything from `offset` on. False when the log does not reach so far. */
  truncateTo(offset: number, now: number): boolean {
    this.epochs.truncateFromEnd(Math.min(offset, this.logEndOffset));
    if (offset >= this.logEndOffset) return false;
    if (offset < this.store.segments.first.baseOffset) {
      this.truncateFullyAndStartAt(offset, now);
      return true;
    }
    this.context.health.guard(`truncating ${this.directory}`, () => {
      if (offset < this.recoveryPoint) this.lowerRecoveryPoint(this, offset);
      this.tail.clear();
      this.store.snapshots.removeAbove(offset);
      this.store.truncateTo(offset, now);
      this.startOffset = Math.min(this.startOffset, offset);
      this.reloadProducers(offset, now);
      this.saveEpochs();
    });
    this.updateHighWatermark(Math.min(this.committedOffset, offset));
    this.waiters.rejectFrom(
      offset,
      new StorageError(`${this.name} was truncated to offset ${offset}`),
    );
    return true;
  }

  /** Forgets everything; the next record gets `offset`. */
  truncateFullyAndStartAt(offset: number, now: number): void {
    this.context.health.guard(`truncating ${this.directory}`, () => {
      this.lowerRecoveryPoint(this, 0);
      this.tail.clear();
      this.store.restartAt(offset, now);
      this.epochs.clear();
      this.saveEpochs();
      this.startOffset = offset;
      this.producerState.load([], offset);
    });
    this.store.recoveryPoint = offset;
    this.updateHighWatermark(offset);
    this.waiters.rejectFrom(0, new StorageError(`${this.name} was truncated to offset ${offset}`));
  }

  /**
   * Makes `offset` the first that can be read (DeleteRecords, -1 for the high watermark). Whole
   * segments below it go with the next `applyRetention`. Returns the log start offset.
   */
  deleteRecords(offset: number): number | LogFailure {
    const target = offset === -1 ? this.committedOffset : offset;
    if (target < 0 || target > this.committedOffset) {
      return failure(
        errors.OFFSET_OUT_OF_RANGE,
        `offset ${target} is above the high watermark ${this.committedOffset}`,
      );
    }
    this.advanceLogStartOffset(target);
    return this.startOffset;
  }

  /** Moves the log start offset up to `offset`, as its leader says; never back. */
  advanceLogStartOffset(offset: number): void {
    if (offset <= this.startOffset) return;
    this.startOffset = offset;
    this.store.recoveryPoint = Math.max(this.recoveryPoint, Math.min(offset, this.logEndOffset));
    if (this.committedOffset < offset) this.updateHighWatermark(offset);
    this.epochs.truncateFromStart(offset);
    this.producerState.onLogStartOffset(offset);
  }

  /** Removes the segments that retention lets go. Returns how many. */
  applyRetention(now: number): number {
    const { segments } = this.store;
    const view = {
      config: this.config,
      files: this.context.files,
      highWatermark: this.committedOffset,
      logEndOffset: this.logEndOffset,
      logStartOffset: this.startOffset,
    };
    return this.context.health.guard(`removing segments of ${this.directory}`, () => {
      const deletable = deletableSegments(segments, view, now);
      if (deletable.length === 0) return 0;
      if (deletable.length === segments.all.length) {
        this.store.roll(this.logEndOffset, this.producerState, now);
      }
      const kept = segments.after(deletable.at(-1)!)!;
      this.advanceLogStartOffset(kept.baseOffset);
      this.store.remove(deletable, now);
      this.saveEpochs();
      return deletable.length;
    });
  }

  /** Starts a new segment, unless the active one is empty. */
  roll(now: number): void {
    this.context.health.guard(`rolling ${this.directory}`, () => {
      this.store.roll(this.logEndOffset, this.producerState, now);
      this.context.commits.request(this);
    });
  }

  /**
   * Resolves when all records below `offset` are on stable storage; rejects with a StorageError when
   * they never will be. One sync of the directory's next round serves all who wait.
   */
  flushed(offset: number): Promise<void> {
    if (offset <= this.recoveryPoint) return Promise.resolve();
    const { failure: broken } = this.context.health;
    if (broken !== null) return Promise.reject(new StorageError(broken));
    this.context.commits.request(this);
    return this.waiters.add(offset);
  }

  /** Flushes when the last flush is `flush.ms` ago. */
  flushIfDue(now: number): void {
    const isDue = now - this.store.lastFlushMs >= this.config.flushMs;
    if (!isDue || this.recoveryPoint === this.logEndOffset) return;
    this.store.lastFlushMs = now;
    this.context.commits.request(this);
  }

  /** One sync after the other: a later one must not promise what an earlier one still writes. */
  sync(): Promise<void> {
    this.syncs = this.syncs.then(async () => {
      await this.store.sync();
      this.waiters.resolveUpTo(this.recoveryPoint);
    });
    return this.syncs;
  }

  abandon(error: StorageError): void {
    this.waiters.rejectFrom(0, error);
  }

  /** Flushes all and closes the files, with all that a clean start needs. */
  async close(): Promise<void> {
    if (this.context.health.failure === null) {
      this.store.takeSnapshot(this.producerState);
      this.store.finishActive();
      this.saveEpochs();
      await this.sync();
    }
    this.tail.clear();
    this.store.close();
  }

  /** The directory was renamed, for its removal or to be set aside. */
  moved(directory: string): void {
    this.tail.clear();
    this.store.close();
    this.store.moved(directory);
  }

  private write(prepared: PreparedBatches, now: number): AppendResult {
    const { batches, baseOffset, lastOffset } = prepared;
    if (batches.length > this.config.segmentBytes) {
      return failure(
        errors.RECORD_LIST_TOO_LARGE,
        `${batches.length} bytes do not fit a segment of ${this.config.segmentBytes}`,
      );
    }
    return this.guarded('appending', () => {
      this.noteEpochs(batches);
      this.rollIfDue(prepared, now);
      this.store.append(batches, lastOffset);
      this.tail.append(baseOffset, lastOffset, batches);
      this.noteProducers(batches);
      if (this.logEndOffset - this.recoveryPoint >= this.config.flushMessages) {
        this.context.commits.request(this);
      }
      return this.appended(baseOffset, lastOffset, prepared.logAppendTimeMs);
    });
  }

  private noteEpochs(batches: Buffer): void {
    for (let at = 0; at < batches.length; at += batchSizeBytes(batches, at)) {
      this.epochs.assign(batchLeaderEpoch(batches, at), batchBaseOffset(batches, at));
    }
    this.saveEpochs();
  }

  private rollIfDue(prepared: PreparedBatches, now: number): void {
    const { batches, baseOffset, lastOffset, maxTimestamp } = prepared;
    const incoming = { sizeBytes: batches.length, lastOffset, maxTimestamp };
    if (!this.store.segments.active.shouldRoll(this.config, incoming, now)) return;
    this.store.roll(baseOffset, this.producerState, now);
    this.context.commits.request(this);
  }

  private noteProducers(batches: Buffer): void {
    for (let at = 0; at < batches.length; at += batchSizeBytes(batches, at)) {
      const completed = this.producerState.apply(batches, at);
      if (completed?.aborted) this.store.segments.active.transactionIndex.append(completed);
    }
  }

  private reloadProducers(endOffset: number, now: number): void {
    const { segments, snapshots } = this.store;
    const expirationMs = this.context.producerIdExpirationMs;
    const load = { segments, snapshots, logStartOffset: this.startOffset, now, expirationMs };
    loadProducers(this.producerState, endOffset, load);
  }

  private saveEpochs(): void {
    if (this.epochs.dirty) writeLeaderEpochs(this.context.disk, this.directory, this.epochs);
  }

  private duplicateOf({ lastOffset, offsetDelta, timestamp }: BatchMetadata): AppendResult {
    return { ...this.appended(lastOffset - offsetDelta, lastOffset, timestamp), duplicate: true };
  }

  private appended(baseOffset: number, lastOffset: number, logAppendTimeMs: number): Appended {
    const logStartOffset = this.startOffset;
    return {
      error: null,
      baseOffset,
      lastOffset,
      logAppendTimeMs,
      logStartOffset,
      duplicate: false,
    };
  }

  /** Disk work on behalf of a request: a failed disk is an answer. */
  private guarded<T>(doing: string, work: () => T): T | LogFailure {
    try {
      return this.context.health.guard(`${doing} ${this.directory}`, work);
    } catch (error) {
      if (error instanceof StorageError) return failure(errors.KAFKA_STORAGE_ERROR, error.message);
      throw error;
    }
  }
}
