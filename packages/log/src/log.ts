import { batchBaseOffset, batchLeaderEpoch, batchSizeBytes, errors } from '@tidelog/protocol';
import { prepareFollowerBatches } from './append/follower-append.ts';
import {
  type LeaderAppend,
  type PreparedBatches,
  prepareClientBatch,
  prepareCoordinatorBatches,
} from './append/leader-append.ts';
import { leaderEpochFile } from './checkpoint/leader-epoch-checkpoint.ts';
import { topicIdFile } from './checkpoint/partition-metadata.ts';
import type { LogConfig } from './config.ts';
import type { Flushable } from './directory/group-commit.ts';
import { FlushWaiters } from './flush-waiters.ts';
import type { Checkpoints, OpenLogOptions } from './log-options.ts';
import { LogStore, type SegmentSwap } from './log-store.ts';
import { LogView } from './log-view.ts';
import { checkProducers } from './producer-state/check-producers.ts';
import type { BatchMetadata } from './producer-state/producer-entry.ts';
import { LogTail } from './read/log-tail.ts';
import { loadProducers } from './recovery/load-producers.ts';
import { type CutTail, loadLog } from './recovery/load-log.ts';
import { type AppendResult, failure, isFailure, type LogFailure, StorageError } from './results.ts';
import { deletableSegments } from './retention.ts';

/**
 * One partition on disk, in Apache Kafka's format. Everything but flushing is synchronous, and takes
 * effect before it returns; reads see what was appended at once.
 *
 * What can be wrong with a request comes back as a value (`error`), a failed disk too
 * (KAFKA_STORAGE_ERROR): the whole directory is offline from then on.
 */
export class Log extends LogView implements Flushable {
  /** The tail that recovery had to cut off, if any: worth a line in the server's log. */
  readonly cutTail: CutTail | null;
  private readonly checkpoints: Checkpoints | undefined;
  private readonly waiters = new FlushWaiters();
  private syncs: Promise<void> = Promise.resolve();

  /** @throws StorageError when synced bytes are damaged or there is no space: the directory goes on */
  static open(options: OpenLogOptions): Log {
    return options.context.health.attempt(`opening ${options.directory}`, () => new Log(options));
  }

  private constructor(options: OpenLogOptions) {
    const { topic, partition, context, directory, config, now } = options;
    const loaded = loadLog(options);
    const { epochs, producers, logStartOffset } = loaded;
    const store = new LogStore(context, directory, config, loaded, now);
    const tail = new LogTail(context.tail);
    super({ topic, partition, context, store, epochs, producers, tail, logStartOffset });
    this.cutTail = loaded.cutTail;
    this.checkpoints = options.checkpoints;
    store.recoveryPoint = Math.max(loaded.recoveryPoint, logStartOffset);
    this.knownTopicId = loaded.topicId;
    if (options.topicId !== undefined) this.assignTopicId(options.topicId);
  }

  updateConfig(config: LogConfig): void {
    this.store.config = config;
  }

  assignTopicId(topicId: string): void {
    if (this.knownTopicId !== null && this.knownTopicId !== topicId) {
      throw new Error(`${this.directory} belongs to topic id ${this.knownTopicId}, not ${topicId}`);
    }
    if (this.knownTopicId === topicId) return;
    this.context.health.attempt(`noting the topic id of ${this.directory}`, () => {
      this.store.createFile(topicIdFile(topicId));
    });
    this.knownTopicId = topicId;
  }

  /**
   * Appends what was produced, as the partition's leader: one batch from a client, any number from a
   * coordinator. The bytes are changed in place, and the caller's again when this returns.
   */
  appendAsLeader(records: Buffer, options: LeaderAppend): AppendResult {
    const origin = options.origin ?? 'client';
    const prepared =
      origin === 'client'
        ? prepareClientBatch(records, this.config, options, this.logEndOffset)
        : prepareCoordinatorBatches(records, this.config, options.leaderEpoch, this.logEndOffset);
    if (isFailure(prepared)) return prepared;
    const { transactionVersion = 0, verified } = options;
    const known = { producers: this.producerState, segments: this.store.segments };
    const rules = { origin, transactionVersion, verified };
    const found = checkProducers(prepared.batches, known, rules);
    if (found === null) return this.write(prepared, options.now);
    return isFailure(found) ? found : this.duplicateOf(found);
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
    if (prepared === null) return this.appended(this.logEndOffset, this.logEndOffset - 1);
    return isFailure(prepared) ? prepared : this.write(prepared, now);
  }

  /** Notes that records of `epoch` start at the log's end: called when this broker becomes the leader. */
  assignLeaderEpoch(epoch: number): void {
    this.epochs.assign(epoch, this.logEndOffset);
  }

  /** Moves the high watermark, within the log; returns where it is now. */
  updateHighWatermark(highWatermark: number): number {
    const bounded = Math.min(Math.max(highWatermark, this.startOffset), this.logEndOffset);
    this.committedOffset = bounded;
    this.producerState.onHighWatermark(bounded);
    return bounded;
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
      if (offset < this.recoveryPoint) this.checkpoints?.lowerRecoveryPoint(this, offset);
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
      this.checkpoints?.lowerRecoveryPoint(this, 0);
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
      const message = `offset ${target} is above the high watermark ${this.committedOffset}`;
      return failure(errors.OFFSET_OUT_OF_RANGE, message);
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

  /** Lets go of segments as retention says, of `most` at a time. Returns how many. */
  applyRetention(now: number, most = Number.POSITIVE_INFINITY): number {
    const { segments } = this.store;
    const { health, files } = this.context;
    const doing = `removing segments of ${this.directory}`;
    return health.attempt(doing, () => {
      const deletable = deletableSegments(segments, this, files, now).slice(0, most);
      if (deletable.length === 0) return 0;
      if (deletable.length === segments.all.length) {
        this.store.roll(this.logEndOffset, this.producerState, now);
      }
      const kept = segments.after(deletable.at(-1)!)!;
      this.advanceLogStartOffset(kept.baseOffset);
      this.store.retire(deletable);
      // The disk may keep changes in any order: what is below the log start offset goes when that is noted.
      const noted = () => this.checkpoints?.saveLogStartOffsets();
      health.attemptSometime(doing, () => this.store.removeRetired(noted, now));
      this.context.commits.request(this);
      return deletable.length;
    });
  }

  /** Puts cleaned segments in the place of others. False: they are not what they were when they were read. */
  async replaceSegments(swaps: readonly SegmentSwap[], now: number): Promise<boolean> {
    const { health } = this.context;
    // Gaps between segments are no loss below the recovery point, and a start may go by that alone.
    const noting = async () => this.checkpoints?.saveRecoveryPoints();
    await health.attemptLater('noting a recovery point', noting);
    if (!swaps.every((swap) => this.holds(swap))) return false;
    this.tail.dropBelow(this.segments.after(swaps.at(-1)!.sources.at(-1)!)!.baseOffset);
    await health.guardLater(`compacting ${this.directory}`, () => this.store.replace(swaps, now));
    return true;
  }

  /** Starts a new segment, unless the active one is empty. */
  roll(now: number): void {
    this.context.health.attempt(`rolling ${this.directory}`, () => {
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
    const broken = this.context.health.failure ?? this.movedAway;
    if (broken !== null) return Promise.reject(new StorageError(broken));
    this.context.commits.request(this);
    return this.waiters.add(offset);
  }

  /** `flush.ms` */
  flushIfDue(now: number): void {
    const isDue = now - this.store.lastFlushMs >= this.config.flushMs;
    if (!isDue || this.recoveryPoint === this.logEndOffset) return;
    this.store.lastFlushMs = now;
    this.context.commits.request(this);
  }

  /** One sync after the other: a later one must not promise what an earlier one still writes. */
  sync(): Promise<void> {
    this.syncs = this.syncs.then(async () => {
      if (this.movedAway !== null) return;
      if (this.epochs.toSave(this.logEndOffset) !== null) await this.saveEpochsLater();
      if (this.movedAway !== null) return;
      await this.store.sync();
      this.waiters.resolveUpTo(this.recoveryPoint);
    });
    return this.syncs;
  }

  /** Makes everything durable on this thread, uninterrupted. */
  flushNow(): void {
    this.context.health.guard(`flushing ${this.directory}`, () => {
      this.saveEpochs();
      this.store.syncNow();
    });
    this.waiters.resolveUpTo(this.recoveryPoint);
  }

  abandon(error: StorageError): void {
    this.waiters.rejectFrom(0, error);
  }

  /**
   * Closes the files, flushed and with all that a clean start needs; DiskFullError: without that.
   * One that nothing was written to is as the next start expects it, be it there or not.
   */
  async close(): Promise<void> {
    try {
      if (this.context.health.failure !== null || !this.store.isToFinish) return;
      this.context.health.attempt(`closing ${this.directory}`, () => {
        this.store.takeSnapshot(this.producerState);
        this.store.finishActive();
        this.saveEpochs();
      });
      await this.sync();
    } finally {
      this.tail.clear();
      this.store.close();
    }
  }

  /** The directory was renamed, for its removal or to be set aside: this log is of no use any more. */
  moved(directory: string): void {
    this.movedAway = `${this.name} is now ${directory}`;
    this.waiters.rejectFrom(0, new StorageError(this.movedAway));
    this.tail.clear();
    this.store.close();
    this.store.moved(directory);
  }

  /** The directory has another name, and the log is in use under it. */
  renamed(directory: string): void {
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
      this.store.checkSpace();
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

  /** Without space the next start has to read the epoch's batches. */
  private async saveEpochsLater(): Promise<void> {
    const doing = `noting an epoch of ${this.directory}`;
    await this.context.health.attemptOrSkipLater(doing, async () => {
      // What is noted of records stays noted until no crash can bring them back.
      let noted = -1;
      while (noted < this.startOffset && this.epochs.savedReachBelow(this.startOffset)) {
        noted = this.startOffset;
        await this.checkpoints?.saveLogStartOffsets();
      }
      const epochs = this.epochs.toSave(this.logEndOffset);
      if (epochs === null) return;
      await this.store.setEpochsLater(leaderEpochFile(epochs));
      this.epochs.noteSaved(epochs);
    });
  }

  private saveEpochs(): void {
    const epochs = this.epochs.toSave(this.logEndOffset);
    if (epochs === null) return;
    this.store.setEpochs(leaderEpochFile(epochs));
    this.epochs.noteSaved(epochs);
  }

  private duplicateOf({ lastOffset, offsetDelta, timestamp }: BatchMetadata): AppendResult {
    return this.appended(lastOffset - offsetDelta, lastOffset, timestamp, true);
  }

  private appended(
    baseOffset: number,
    lastOffset: number,
    logAppendTimeMs = -1,
    duplicate = false,
  ) {
    const { logStartOffset } = this;
    return { error: null, baseOffset, lastOffset, logStartOffset, logAppendTimeMs, duplicate };
  }
}
