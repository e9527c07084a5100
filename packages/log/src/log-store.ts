import type { LogConfig } from './config.ts';
import type { LogContext } from './context.ts';
import { CheckpointFile } from './checkpoint/checkpoint-file.ts';
import { epochsPath } from './checkpoint/leader-epoch-checkpoint.ts';
import { type SmallFile, writeNewFile } from './files/small-file.ts';
import { retireFile } from './files/retire-file.ts';
import { Unsynced } from './files/unsynced.ts';
import { CLEANED_SUFFIX, DELETED_SUFFIX, SWAP_SUFFIX } from './names.ts';
import type { ProducerState } from './producer-state/producer-state.ts';
import type { SnapshotFiles } from './producer-state/snapshot-files.ts';
import { type LoadedLog, rollJitterMs } from './recovery/load-log.ts';
import { DiskFullError } from './results.ts';
import { Segment, type SegmentSizes } from './segment/segment.ts';
import { SegmentSwapping } from './segment/segment-swapping.ts';
import type { Segments } from './segment/segments.ts';

/** A segment of which the `.cleaned` files are there and durable, and what it stands for. */
export interface SegmentSwap {
  /** Neighbours, of which the new one has the first one's base offset. */
  readonly sources: readonly Segment[];
  readonly sizes: SegmentSizes;
  /** `LogStore.truncations` when the sources were read. */
  readonly truncations: number;
}

/**
 * The files of one log: what is appended where, and what of it is on stable storage. Knows nothing of
 * what the records mean.
 */
export class LogStore {
  readonly context: LogContext;
  readonly segments: Segments;
  readonly snapshots: SnapshotFiles;
  directory: string;
  config: LogConfig;
  /** The offset that the next record gets. */
  endOffset: number;
  /** Everything below is on stable storage. */
  recoveryPoint: number;
  /** Base offsets of the oldest segment that was closed and waits for a sync, and that is being synced. */
  private closed = Number.POSITIVE_INFINITY;
  private closing = Number.POSITIVE_INFINITY;
  /** When the recovery point last moved (ms). */
  lastFlushMs: number;
  /** How often records were taken back from the end: what was read before may not be there any more. */
  truncations = 0;
  /** What must be durable before the recovery point may move to the log's end. */
  private readonly unsynced: Unsynced;
  private readonly epochsFile: CheckpointFile;
  /** What is to be in it. */
  private epochs = '';
  private swapping: SegmentSwapping | null = null;
  /** Segments below the log start offset whose files are still to be renamed away. */
  retired: readonly Segment[] = [];
  /** Those of which they are, though the disk may not know that yet. */
  leaving: readonly Segment[] = [];
  /** The most that the sync under way may promise: lowered by a truncation meanwhile. */
  private syncCeiling = 0;
  /** Something was written since the start, or is to be written again. */
  private hasChanged = false;

  constructor(
    context: LogContext,
    directory: string,
    config: LogConfig,
    loaded: LoadedLog,
    now: number,
  ) {
    this.context = context;
    this.directory = directory;
    this.config = config;
    this.segments = loaded.segments;
    this.snapshots = loaded.snapshots;
    this.endOffset = loaded.endOffset;
    this.recoveryPoint = loaded.recoveryPoint;
    this.lastFlushMs = now;
    this.unsynced = new Unsynced(context.disk, directory);
    const epochs = () => this.epochs;
    this.epochsFile = new CheckpointFile(context.disk, epochsPath(directory), epochs);
    if (loaded.isNew) this.unsynced.names.changed();
    if (this.recoveryPoint === this.endOffset && loaded.cutTail === null) return;
    // What a killed process wrote may be in the page cache only.
    this.unsynced.names.changed();
    this.hasChanged = true;
    this.unsynced.suspect(loaded.suspects);
    for (const segment of this.segments.from(this.recoveryPoint)) {
      if (segment === this.segments.active) this.unsynced.add(segment.log);
      else this.mustSync(segment);
    }
  }

  /** @throws DiskFullError when what is produced may not even try to find space */
  checkSpace(): void {
    if (this.context.reserve?.admitsAppends !== false) return;
    throw new DiskFullError(`there is no space left for ${this.directory}`);
  }

  /**
   * Where a start after a crash may begin to read: below, the indexes are on stable storage too. Those of
   * a segment that has just been closed are not, even when its records are.
   */
  get recoverFrom(): number {
    return Math.min(this.recoveryPoint, this.closed, this.closing);
  }

  /** A clean stop has work here: files that were preallocated get their exact size, too. */
  get isToFinish(): boolean {
    return this.hasChanged || this.config.preallocate;
  }

  append(batches: Buffer, lastOffset: number): void {
    const { active } = this.segments;
    this.hasChanged = true;
    if (!active.isCreated) this.createFiles(active);
    active.append(batches, this.config.indexIntervalBytes);
    this.unsynced.add(active.log);
    this.endOffset = lastOffset + 1;
  }

  /**
   * Starts a new segment at `baseOffset`, with a snapshot of the producers as they are there, and lets
   * the old one be flushed.
   */
  roll(baseOffset: number, producers: ProducerState, now: number): void {
    const { active } = this.segments;
    if (active.baseOffset === baseOffset && active.sizeBytes === 0) return;
    this.hasChanged = true;
    if (!active.isCreated) this.createFiles(active);
    active.finish();
    this.mustSync(active);
    this.closed = Math.min(this.closed, active.baseOffset);
    this.create(baseOffset, now);
    producers.endOffset = baseOffset;
    this.takeSnapshot(producers);
  }

  /** Spares the next start to read all batches for their producers: without space it has to. */
  takeSnapshot(producers: ProducerState): void {
    if (producers.endOffset <= Math.max(0, this.snapshots.latestOffset)) return;
    this.context.health.attemptOrSkip(`a snapshot of producers in ${this.directory}`, () => {
      this.unsynced.addSmall(this.snapshots.write(producers.endOffset, producers.entries()));
      this.unsynced.names.changed();
    });
  }

  /** Writes what the active segment keeps in memory, for a clean stop. */
  finishActive(): void {
    const { active } = this.segments;
    if (!active.isCreated) return;
    if (!active.hasIndexFiles) this.unsynced.names.changed();
    active.finish();
    this.mustSync(active);
  }

  /**
   * Forgets everything from `offset` on. The checkpointed recovery point must not be above it any
   * more: after a crash in the middle of this, the missing bytes would look lost.
   */
  truncateTo(offset: number, now: number): void {
    this.settleSwap();
    this.truncations++;
    this.remove(
      this.segments.all.filter((segment) => segment.baseOffset > offset),
      now,
    );
    const { active } = this.segments;
    active.truncateTo(offset, now);
    this.unsynced.cut(active.log, active.sizeBytes);
    // Or a crash could leave what was cut off, with sound checksums, under what comes after it.
    active.log.syncNow();
    this.moveEnd(offset);
  }

  /** Forgets everything and goes on at `offset`. */
  restartAt(offset: number, now: number): void {
    this.settleSwap();
    this.truncations++;
    // One of those that are still to go may have the name of the new one.
    this.remove([...this.retired, ...this.segments.all], now);
    this.retired = [];
    this.snapshots.removeAll();
    this.syncNames();
    this.create(offset, now);
    this.moveEnd(offset);
  }

  /** The segments are no part of the log any more, and their files are still there. */
  retire(segments: readonly Segment[]): void {
    this.settleSwap();
    for (const segment of segments) this.segments.remove(segment);
    this.retired = [...this.retired, ...segments];
  }

  /** Renames the files of all that are retired now away, which must be noted elsewhere by then. */
  async removeRetired(noted: () => Promise<void> | undefined, now: number): Promise<void> {
    const upTo = this.retired.at(-1);
    // They are gone, or found at the next start, where the log is moved, closed or begun anew meanwhile.
    const going = () => this.retired.slice(0, this.retired.indexOf(upTo!) + 1);
    await noted();
    if (going().length > 0) await this.syncNamesLater();
    const gone = going();
    if (gone.length === 0) return;
    this.retired = this.retired.slice(gone.length);
    this.leaving = [...this.leaving, ...gone];
    for (const segment of gone) this.rename(segment, now);
    this.unsynced.names.changed();
    await this.syncNamesLater();
    this.leaving = this.leaving.filter((segment) => !gone.includes(segment));
  }

  /** Renames segments away; their files go after `file.delete.delay.ms`. */
  private remove(segments: readonly Segment[], now: number): void {
    const removed = segments.slice();
    if (removed.length === 0) return;
    // What stays must be there for good before anything goes.
    this.syncNames();
    for (const segment of removed) this.rename(segment, now);
    this.unsynced.names.changed();
    this.syncNames();
  }

  private rename(segment: Segment, now: number): void {
    const dueMs = now + this.config.fileDeleteDelayMs;
    this.renameAway(segment, dueMs);
    const snapshot = this.snapshots.retire(segment.baseOffset);
    if (snapshot !== null) this.context.removals.addFile(snapshot, dueMs);
  }

  /** Whether the sources of a swap are what they were when they were read. */
  holds({ sources, truncations }: SegmentSwap): boolean {
    return truncations === this.truncations && sources.every((one) => this.segments.has(one));
  }

  /**
   * Puts cleaned segments, in the order of the log, in the place of their sources. A crash leaves either
   * those or the new one: while there are `.swap` files only, the next start goes on where this was
   * interrupted, and a `.cleaned` one says that nothing has begun for what is not below it.
   */
  async replace(swaps: readonly SegmentSwap[], now: number): Promise<void> {
    const { disk, files } = this.context;
    const { directory } = this;
    const cleaned = swaps.map(({ sources, sizes }) => {
      const { baseOffset } = sources[0]!;
      const place = { files, directory, baseOffset, suffix: SWAP_SUFFIX };
      return new Segment({ ...place, sizes, now, rollJitterMs: 0 });
    });
    const inPlace = (path: string) => path.slice(0, -SWAP_SUFFIX.length);
    this.swapping = new SegmentSwapping(this.unsynced.names, [
      () => {
        for (const { path } of cleaned.flatMap((segment) => segment.files)) {
          disk.rename(inPlace(path) + CLEANED_SUFFIX, path);
        }
      },
      () => {
        for (const { sources } of swaps) this.retireSources(sources, now);
        for (const segment of cleaned) this.segments.add(segment);
      },
      () => {
        for (const segment of cleaned) segment.rename(inPlace);
      },
    ]);
    await this.swapping.run();
    this.swapping = null;
  }

  /** What takes segments away must not find new ones half in their place. */
  private settleSwap(): void {
    this.swapping?.finishNow();
    this.swapping = null;
  }

  /** Makes what is appended by now durable. */
  async sync(): Promise<void> {
    this.syncCeiling = this.endOffset;
    this.closing = this.closed;
    this.closed = Number.POSITIVE_INFINITY;
    await Promise.all([this.context.names?.syncLater(), this.unsynced.sync()]);
    this.closing = Number.POSITIVE_INFINITY;
    this.recoveryPoint = Math.max(this.recoveryPoint, this.syncCeiling);
  }

  /** Sets the leader epochs: durably where they replace others, which a crash must not lose. */
  setEpochs({ name, content }: SmallFile): void {
    this.epochs = content;
    if (!this.context.disk.exists(this.epochsFile.path)) this.createFile({ name, content });
    else this.epochsFile.saveNow();
  }

  /** The same off the event loop. */
  async setEpochsLater({ name, content }: SmallFile): Promise<void> {
    if (!this.context.disk.exists(this.epochsFile.path)) return this.createFile({ name, content });
    this.epochs = content;
    await this.epochsFile.save();
  }

  /** It is made durable with the next records, because before them nothing depends on it. */
  createFile({ name, content }: SmallFile): void {
    const { disk, files } = this.context;
    const path = `${this.directory}/${name}`;
    writeNewFile(disk, path, content);
    this.unsynced.addSmall(files.handle(path));
    this.unsynced.names.changed();
  }

  /** The same on this thread, whatever syncs are under way. */
  syncNow(): void {
    this.context.names?.sync();
    this.unsynced.syncNow(this.segments.from(this.recoveryPoint).flatMap(({ files }) => files));
    this.recoveryPoint = this.endOffset;
  }

  syncNames(): void {
    this.context.names?.sync();
    this.unsynced.names.sync();
  }

  /** The same off the event loop, for the names up to now. */
  async syncNamesLater(): Promise<void> {
    await Promise.all([this.context.names?.syncLater(), this.unsynced.names.syncLater()]);
  }

  /** The directory has another name now. */
  moved(directory: string): void {
    this.retired = []; // they go with the directory, or are found at the next start
    this.swapping?.giveUp();
    for (const segment of this.segments.all) segment.moved(directory);
    this.unsynced.moved(directory);
    this.context.removals.forgetInside(this.directory);
    this.snapshots.directory = directory;
    this.epochsFile.path = epochsPath(directory);
    this.directory = directory;
  }

  close(): void {
    this.unsynced.clear();
    for (const segment of [...this.retired, ...this.segments.all]) segment.close();
    this.retired = [];
    this.epochsFile.abandon();
    this.swapping?.giveUp();
  }

  /** The snapshot at the first of them is that of the segment in their place. */
  private retireSources(sources: readonly Segment[], now: number): void {
    const dueMs = now + this.config.fileDeleteDelayMs;
    for (const [i, source] of sources.entries()) {
      this.renameAway(source, dueMs);
      const snapshot = i === 0 ? null : this.snapshots.retire(source.baseOffset);
      if (snapshot !== null) this.context.removals.addFile(snapshot, dueMs);
    }
  }

  /** The log lets go of a segment; its files go when they are due. */
  private renameAway(segment: Segment, dueMs: number): void {
    const { disk, removals } = this.context;
    this.segments.remove(segment);
    for (const file of segment.files) {
      this.unsynced.drop(file);
      // The indexes of an active segment are not always there.
      if (disk.exists(file.path) && retireFile(disk, file.path))
        removals.addFile(file.path + DELETED_SUFFIX, dueMs);
    }
    segment.close();
  }

  private create(baseOffset: number, now: number): void {
    const { context, directory, config } = this;
    const segment = new Segment({
      files: context.files,
      directory,
      baseOffset,
      sizes: null,
      now,
      rollJitterMs: rollJitterMs(context, config),
    });
    this.createFiles(segment);
    this.segments.add(segment);
  }

  private createFiles(segment: Segment): void {
    segment.create(this.config);
    this.unsynced.names.changed();
  }

  private mustSync(segment: Segment): void {
    for (const file of segment.files) this.unsynced.add(file);
  }

  private moveEnd(offset: number): void {
    this.hasChanged = true;
    this.endOffset = offset;
    this.recoveryPoint = Math.min(this.recoveryPoint, offset);
    this.syncCeiling = Math.min(this.syncCeiling, offset);
  }
}
