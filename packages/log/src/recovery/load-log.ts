import { readLeaderEpochs } from '../checkpoint/leader-epoch-checkpoint.ts';
import { readTopicId } from '../checkpoint/partition-metadata.ts';
import type { LeaderEpochs } from '../checkpoint/leader-epochs.ts';
import type { LogConfig } from '../config.ts';
import type { LogContext } from '../context.ts';
import { OFFSET_ENTRY_BYTES } from '../index/offset-index.ts';
import { TIME_ENTRY_BYTES } from '../index/time-index.ts';
import {
  DELETED_SUFFIX,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  offsetOfFileName,
  SEGMENT_SUFFIXES,
  segmentFileName,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from '../names.ts';
import type { Suspect } from '../files/unsynced.ts';
import { ProducerState } from '../producer-state/producer-state.ts';
import { SnapshotFiles } from '../producer-state/snapshot-files.ts';
import { StorageError } from '../results.ts';
import { Segment, type SegmentSizes } from '../segment/segment.ts';
import { Segments } from '../segment/segments.ts';
import { clearLeftovers } from './leftovers.ts';
import { loadProducers } from './load-producers.ts';
import { recoverSegment } from './recover-segment.ts';

export interface LoadOptions {
  readonly context: LogContext;
  readonly directory: string;
  readonly config: LogConfig;
  readonly now: number;
  /** From `recovery-point-offset-checkpoint`: everything below is on stable storage. */
  readonly recoveryPoint: number;
  /** From `log-start-offset-checkpoint`. */
  readonly logStartOffset: number;
  /** It has been compacted, whatever its configuration says now: offsets may be missing anywhere. */
  readonly wasCleaned?: boolean;
  /** The directory was stopped cleanly, so the log ends where its files end. */
  readonly cleanShutdown: boolean;
  /** The directory has just been made: its names become durable with the first records. */
  readonly isNew?: boolean;
}

/** A tail that no flush covered was damaged, and has been cut off. */
export interface CutTail {
  /** The log ends here now. */
  readonly endOffset: number;
  readonly bytes: number;
  readonly reason: string;
}

export interface LoadedLog {
  /** Of `partition.metadata`; null where none is noted. */
  readonly topicId: string | null;
  readonly segments: Segments;
  readonly epochs: LeaderEpochs;
  readonly producers: ProducerState;
  readonly snapshots: SnapshotFiles;
  readonly logStartOffset: number;
  readonly endOffset: number;
  readonly recoveryPoint: number;
  readonly cutTail: CutTail | null;
  /** What recovery has read above the recovery point. */
  readonly suspects: readonly Suspect[];
  readonly isNew: boolean;
}

/**
 * Opens what is in a partition's directory. After an unclean stop everything from the recovery point
 * on is read, checked and indexed anew; a damaged tail is cut off.
 *
 * Damage above the recovery point is cut even when sound batches follow it: the disk may write the
 * sectors of unsynced appends in any order, so that is what a torn tail can look like, and nobody was
 * told that these records are safe before the sync that moves the recovery point. Damage below it is
 * a broken promise of the disk.
 *
 * @throws StorageError when bytes below the recovery point are damaged or gone
 */
export function loadLog(options: LoadOptions): LoadedLog {
  return new Loader(options).load();
}

class Loader {
  private readonly options: LoadOptions;
  private readonly segments = new Segments();
  private readonly epochs: LeaderEpochs;
  private readonly producers: ProducerState;
  private readonly snapshots: SnapshotFiles;
  private readonly names: ReadonlySet<string>;
  private readonly sizes = new Map<string, number>();
  private readonly suspects: Suspect[] = [];
  private cutTail: CutTail | null = null;

  constructor(options: LoadOptions) {
    const { context, directory, isNew = false } = options;
    const names = isNew ? [] : clearLeftovers(context.files, directory);
    this.options = options;
    this.names = new Set(names);
    this.epochs = readLeaderEpochs(context.disk, directory, this.names);
    this.producers = new ProducerState(options.logStartOffset);
    this.snapshots = new SnapshotFiles(context.files, directory, names);
  }

  load(): LoadedLog {
    this.findSegments();
    this.dropBelowStart();
    const recoverFrom = this.options.cleanShutdown ? this.firstUnsound() : this.firstUnflushed();
    if (recoverFrom !== null) this.recoverFrom(recoverFrom);
    const endOffset = this.segments.all.length === 0 ? null : this.endOffset(recoverFrom !== null);
    return this.finish(endOffset, recoverFrom ?? Number.POSITIVE_INFINITY);
  }

  private findSegments(): void {
    const { context, directory } = this.options;
    const bases = [...this.names]
      .filter((name) => name.endsWith(LOG_SUFFIX) && offsetOfFileName(name) >= 0)
      .map(offsetOfFileName)
      .sort((a, b) => a - b);
    for (const baseOffset of bases) {
      this.segments.add(this.segment(baseOffset, this.sizesOf(baseOffset)));
    }
    for (const name of this.names) {
      const isIndex = SEGMENT_SUFFIXES.some(
        (suffix) => suffix !== LOG_SUFFIX && name.endsWith(suffix),
      );
      if (!isIndex || this.names.has(segmentFileName(offsetOfFileName(name), LOG_SUFFIX))) continue;
      context.disk.unlink(`${directory}/${name}`);
    }
  }

  /**
   * A crash may keep any of the segments that retention was removing. With gaps between them they
   * would tell a wrong story of the producers. They are gone for good before a checkpoint says no more where
   * the log starts.
   */
  private dropBelowStart(): void {
    const { all } = this.segments;
    const { context, directory, logStartOffset } = this.options;
    const isBelow = () => all.length > 1 && all[1]!.baseOffset <= logStartOffset;
    if (!isBelow()) return;
    while (isBelow()) this.drop(all[0]!);
    context.disk.syncDirectory(directory);
  }

  private segment(baseOffset: number, sizes: SegmentSizes | null): Segment {
    const { context, directory, now, config } = this.options;
    const { files } = context;
    return new Segment({
      files,
      directory,
      baseOffset,
      sizes,
      now,
      rollJitterMs: rollJitterMs(context, config),
    });
  }

  private sizesOf(baseOffset: number): SegmentSizes {
    const size = (suffix: string) => this.sizeOf(segmentFileName(baseOffset, suffix));
    return {
      log: size(LOG_SUFFIX),
      offsetIndex: size(OFFSET_INDEX_SUFFIX),
      timeIndex: size(TIME_INDEX_SUFFIX),
      transactionIndex: size(TRANSACTION_INDEX_SUFFIX),
    };
  }

  private sizeOf(name: string): number {
    if (!this.names.has(name)) return 0;
    const known = this.sizes.get(name);
    if (known !== undefined) return known;
    const { sizeBytes } = this.options.context.disk.stat(`${this.options.directory}/${name}`);
    this.sizes.set(name, sizeBytes);
    return sizeBytes;
  }

  /**
   * After a crash: the segment of the last offset below the recovery point, or an earlier one with a
   * broken index. Where that was the end of its segment, the records are durable, but the indexes only
   * once the first sync after the roll has come to them.
   */
  private firstUnflushed(): number | null {
    const { recoveryPoint } = this.options;
    const unflushed = (this.segments.floor(recoveryPoint - 1) ?? this.segments.all[0])?.baseOffset;
    const unsound = this.firstUnsound();
    if (unflushed === undefined) return this.segments.all.at(0)?.baseOffset ?? null;
    return Math.min(unflushed, unsound ?? unflushed);
  }

  /** The first segment whose indexes cannot belong to its log file. */
  private firstUnsound(): number | null {
    for (const segment of this.segments.all) if (!this.isSound(segment)) return segment.baseOffset;
    return null;
  }

  private isSound(segment: Segment): boolean {
    const { offsetIndex, timeIndex } = this.sizesOf(segment.baseOffset);
    const sound =
      this.hasIndexes(segment) &&
      offsetIndex % OFFSET_ENTRY_BYTES === 0 &&
      timeIndex % TIME_ENTRY_BYTES === 0 &&
      segment.offsetIndex.plausible(segment.sizeBytes) &&
      segment.timeIndex.plausible() &&
      segment.transactionIndex.plausible(segment.baseOffset);
    return sound && (segment !== this.segments.active || endsWithBatch(segment));
  }

  private hasIndexes({ baseOffset }: Segment): boolean {
    return [OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX].every((suffix) =>
      this.names.has(segmentFileName(baseOffset, suffix)),
    );
  }

  private recoverFrom(baseOffset: number): void {
    this.snapshots.removeAbove(baseOffset);
    this.loadProducers(baseOffset);
    this.epochs.truncateFromEnd(baseOffset);
    for (const segment of this.segments.from(baseOffset)) {
      this.noteGap(segment);
      if (this.cutTail !== null) this.drop(segment);
      else this.recover(segment);
    }
  }

  /**
   * Without compaction no offset is missing between segments: where some are, the disk has lost the
   * unsynced end of a segment and kept the name of the next one.
   */
  private noteGap(segment: Segment): void {
    const { endOffset } = this.producers;
    const { config, wasCleaned, recoveryPoint, logStartOffset } = this.options;
    const mayHaveGaps = config.compact || wasCleaned === true;
    const gap = this.cutTail === null && endOffset < segment.baseOffset && !mayHaveGaps;
    if (!gap || endOffset < Math.max(recoveryPoint, logStartOffset)) return;
    const reason = `nothing is left of offsets ${endOffset} to ${segment.baseOffset - 1}`;
    this.cutTail = { endOffset, bytes: 0, reason };
  }

  private recover(segment: Segment): void {
    const { config, directory, recoveryPoint } = this.options;
    if (this.producers.endOffset < segment.baseOffset)
      this.producers.endOffset = segment.baseOffset;
    // At the start of the log there are none.
    const known = Math.max(this.snapshots.latestOffset, this.options.logStartOffset);
    if (known < this.producers.endOffset) this.takeSnapshot();
    const fileSize = segment.sizeBytes;
    const recovery = recoverSegment(segment, {
      producers: this.producers,
      epochs: this.epochs,
      indexIntervalBytes: config.indexIntervalBytes,
      recoveryPoint,
    });
    if (recovery.damage !== null) {
      const { endOffset, validBytes, damage } = recovery;
      if (endOffset < recoveryPoint) {
        throw new StorageError(
          `${directory}: ${damage}, at byte ${validBytes} of segment ${segment.baseOffset}; ` +
            `offset ${endOffset} is below the recovery point ${recoveryPoint}`,
        );
      }
      this.cutTail = { endOffset, bytes: fileSize - validBytes, reason: damage };
    }
    const { unflushedFrom: from, validBytes: to } = recovery;
    if (from < to) this.suspects.push({ file: segment.log, from, to });
    // The last entries of the active segment wait in memory, as they do while it is written.
    segment.hasIndexFiles = this.hasIndexes(segment);
    if (segment !== this.segments.active) segment.finish();
    else if (to < fileSize) segment.log.get().truncate(to);
    segment.close();
  }

  private drop(segment: Segment): void {
    const { context, config, now } = this.options;
    for (const { path } of segment.files) {
      if (!context.disk.exists(path)) continue;
      context.disk.rename(path, path + DELETED_SUFFIX);
      context.removals.addFile(path + DELETED_SUFFIX, now + config.fileDeleteDelayMs);
    }
    segment.close();
    this.segments.remove(segment);
    if (this.cutTail === null) return;
    this.cutTail = { ...this.cutTail, bytes: this.cutTail.bytes + segment.sizeBytes };
  }

  private takeSnapshot(): void {
    this.snapshots.write(this.producers.endOffset, this.producers.entries()).close();
  }

  private endOffset(recovered: boolean): number {
    return recovered ? this.producers.endOffset : this.segments.active.readNextOffset();
  }

  /** What was recovered has indexes that are not on stable storage: the recovery point goes back to it. */
  private finish(foundEndOffset: number | null, recoveredFrom: number): LoadedLog {
    const { context, directory, recoveryPoint, cleanShutdown, isNew = false } = this.options;
    let endOffset = foundEndOffset ?? this.options.logStartOffset;
    if (endOffset < recoveryPoint) {
      throw new StorageError(
        `${directory}: the log ends at offset ${endOffset}, below its recovery point ${recoveryPoint}`,
      );
    }
    if (endOffset < this.options.logStartOffset) {
      while (this.segments.all.length > 0) this.drop(this.segments.first);
      endOffset = this.options.logStartOffset;
    }
    if (this.segments.all.length === 0) this.begin(endOffset);
    const logStartOffset = Math.max(this.options.logStartOffset, this.segments.first.baseOffset);
    this.epochs.truncateFromEnd(endOffset);
    this.epochs.truncateFromStart(logStartOffset);
    this.snapshots.removeAbove(endOffset);
    this.snapshots.removeStray(this.segments.all.map((segment) => segment.baseOffset));
    if (this.producers.endOffset !== endOffset) this.loadProducers(endOffset);
    const isComplete = cleanShutdown && this.cutTail === null;
    return {
      topicId: readTopicId(context.disk, directory, this.names),
      segments: this.segments,
      epochs: this.epochs,
      producers: this.producers,
      snapshots: this.snapshots,
      logStartOffset,
      endOffset,
      recoveryPoint: Math.min(isComplete ? endOffset : recoveryPoint, recoveredFrom),
      cutTail: this.cutTail,
      suspects: this.suspects,
      isNew,
    };
  }

  /** The files of a log that begins at 0 may wait for its first records: most of many may never get any. */
  private begin(offset: number): void {
    const { context, config, directory } = this.options;
    const segment = this.segment(offset, null);
    this.segments.add(segment);
    this.epochs.clear();
    if (offset === 0) return;
    segment.create(config);
    context.disk.syncDirectory(directory);
  }

  private loadProducers(endOffset: number): void {
    const { context, now, logStartOffset } = this.options;
    loadProducers(this.producers, endOffset, {
      segments: this.segments,
      snapshots: this.snapshots,
      logStartOffset,
      now,
      expirationMs: context.producerIdExpirationMs,
    });
  }
}

/** Random, so that logs created together do not all roll together. */
export function rollJitterMs({ random }: LogContext, config: LogConfig): number {
  const bound = Math.min(config.segmentJitterMs, config.segmentMs, 2 ** 32 - 1);
  return bound > 0 ? random.below(bound) : 0;
}

/** Whether the batches fill the file: garbage behind them would end up between batches. */
function endsWithBatch(segment: Segment): boolean {
  const scan = segment.scanFrom(segment.offsetIndex.lookup(segment.offsetIndex.lastOffset));
  let end = scan.position;
  while (scan.next()) end = scan.position + scan.sizeBytes;
  return end === segment.sizeBytes;
}
