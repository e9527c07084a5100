import { takeCleanShutdown, writeCleanShutdown } from '../checkpoint/clean-shutdown.ts';
import {
  LOG_START_OFFSET_CHECKPOINT,
  type PartitionOffset,
  RECOVERY_POINT_CHECKPOINT,
  REPLICATION_OFFSET_CHECKPOINT,
  readOffsetCheckpoint,
  writeOffsetCheckpoint,
} from '../checkpoint/offset-checkpoint.ts';
import type { LogConfig } from '../config.ts';
import { createLogContext, type LogContext, type LogContextOptions } from '../context.ts';
import { Log } from '../log.ts';
import {
  deletedDirectoryName,
  type PartitionDirectory,
  partitionDirectoryName,
  strayDirectoryName,
} from '../names.ts';
import { StorageError } from '../results.ts';
import { CleanerOffsets } from './cleaner-offsets.ts';
import {
  DirectoryError,
  type FoundPartition,
  makeDurableDirectory,
  partitionsIn,
} from './find-partitions.ts';

const CHECKPOINTS = [
  RECOVERY_POINT_CHECKPOINT,
  LOG_START_OFFSET_CHECKPOINT,
  REPLICATION_OFFSET_CHECKPOINT,
];

/** How often the directory does what; the defaults are Kafka's. */
export interface DirectoryIntervals {
  /** `log.flush.offset.checkpoint.interval.ms` */
  readonly recoveryPointCheckpointMs: number;
  /** `log.flush.start.offset.checkpoint.interval.ms` */
  readonly logStartOffsetCheckpointMs: number;
  /** `replica.high.watermark.checkpoint.interval.ms` */
  readonly highWatermarkCheckpointMs: number;
  /** `log.retention.check.interval.ms` */
  readonly retentionCheckMs: number;
  /** `producer.id.expiration.check.interval.ms` */
  readonly producerExpiryCheckMs: number;
}

export const defaultDirectoryIntervals: DirectoryIntervals = {
  recoveryPointCheckpointMs: 60_000,
  logStartOffsetCheckpointMs: 60_000,
  highWatermarkCheckpointMs: 5_000,
  retentionCheckMs: 300_000,
  producerExpiryCheckMs: 600_000,
};

export interface OpenDirectoryOptions extends LogContextOptions {
  readonly path: string;
  readonly now: number;
  /** The topic's configuration as it is when its logs are opened; `Log.updateConfig` changes it later. */
  readonly configOf: (topic: string) => LogConfig;
  readonly intervals?: Partial<DirectoryIntervals>;
}

/** All partitions in one of the broker's `log.dirs`, with the files that they share. */
export class LogDirectory {
  readonly path: string;
  readonly context: LogContext;
  /** The broker epoch that the last clean stop noted; null after an unclean one (KIP-966). */
  readonly lastBrokerEpoch: number | null;
  /** Partitions that could not be opened, by name (`topic-0`), with the reason. */
  readonly offline: ReadonlyMap<string, string>;
  /** Up to where each compacted log is clean. */
  readonly cleanerOffsets: CleanerOffsets;
  private readonly lock: { release(): void };
  private readonly logsByName = new Map<string, Log>();
  private readonly configOf: (topic: string) => LogConfig;
  private readonly intervals: DirectoryIntervals;
  private readonly lastRunMs = new Map<keyof DirectoryIntervals, number>();
  /** Recovery points of partitions that are offline: they must outlive this run. */
  private readonly offlinePoints: PartitionOffset[] = [];

  /**
   * Locks the directory and opens every partition in it, after an unclean stop with recovery. A
   * partition whose synced bytes are damaged ends up in `offline`; the others go on.
   *
   * @throws DirectoryError when another process holds the lock, or foreign directories are inside
   */
  static open(options: OpenDirectoryOptions): LogDirectory {
    makeDurableDirectory(options.disk, options.path);
    const lock = options.disk.lock(`${options.path}/.lock`);
    if (lock === null) throw new DirectoryError(`${options.path} is in use by another process`);
    try {
      return new LogDirectory(options, lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  private constructor(options: OpenDirectoryOptions, lock: { release(): void }) {
    const { path, disk, now } = options;
    this.path = path;
    this.lock = lock;
    this.context = createLogContext(options);
    this.configOf = options.configOf;
    this.intervals = { ...defaultDirectoryIntervals, ...options.intervals };
    this.cleanerOffsets = new CleanerOffsets(disk, path);
    const found = partitionsIn(disk, path);
    const clean = takeCleanShutdown(disk, path);
    this.lastBrokerEpoch = clean?.brokerEpoch ?? null;
    this.offline = this.openAll(found, clean !== null, now);
    // What is noted of partitions that are gone must not meet a new one of that name.
    if (this.notesGonePartitions()) this.writeCheckpoints();
    this.cleanerOffsets.retain((name) => this.logsByName.has(name) || this.offline.has(name));
  }

  /** Why the whole directory is offline, or null. */
  get failure(): string | null {
    return this.context.health.failure;
  }

  get logs(): Iterable<Log> {
    return this.logsByName.values();
  }

  get logCount(): number {
    return this.logsByName.size;
  }

  log(topic: string, partition: number): Log | undefined {
    return this.logsByName.get(partitionDirectoryName(topic, partition));
  }

  /** Opens a partition's log, creating it when there is none. */
  createLog(topic: string, partition: number, { topicId, now }: NewLog): Log {
    const name = partitionDirectoryName(topic, partition);
    const existing = this.logsByName.get(name);
    if (existing !== undefined) return existing;
    const reason = this.offline.get(name);
    if (reason !== undefined) throw new StorageError(reason);
    const { disk, health } = this.context;
    const directory = `${this.path}/${name}`;
    health.guard(`creating ${directory}`, () => {
      disk.makeDirectory(directory);
      disk.syncDirectory(this.path);
    });
    const log = this.openLog({ topic, partition, state: 'current' }, directory, {
      recoveryPoint: 0,
      logStartOffset: 0,
      cleanShutdown: true,
      now,
    });
    if (topicId !== undefined) log.assignTopicId(topicId);
    this.logsByName.set(name, log);
    return log;
  }

  /** Renames a partition away (`topic-0.<id>-delete`); its files go after `file.delete.delay.ms`. */
  deleteLog(topic: string, partition: number, now: number): void {
    const moved = this.moveAway(topic, partition, deletedDirectoryName);
    if (moved === null) return;
    const { path, log } = moved;
    this.context.removals.addDirectory(path, now + log.config.fileDeleteDelayMs);
  }

  /** Sets a partition aside that the metadata does not know (`topic-0.<id>-stray`). */
  setAside(topic: string, partition: number): void {
    this.moveAway(topic, partition, strayDirectoryName);
  }

  /**
   * Does what is due: checkpoints, retention, expiry, flushes, removals. Call about once a second.
   * A failing disk is told to `onFailure`.
   */
  tick(now: number): void {
    if (this.failure !== null) return;
    try {
      this.context.health.guard(`the upkeep of ${this.path}`, () => this.upkeep(now));
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
    }
  }

  /** Gives the directory up as it is, as a crash would: for a start that fails half-way. */
  release(): void {
    this.lock.release();
  }

  /**
   * A clean stop: flushes and closes all logs, writes the checkpoints and the mark of a clean stop.
   * On a directory that is offline only the files are closed. Rejects when the disk fails now.
   */
  async close(brokerEpoch = -1): Promise<void> {
    try {
      await Promise.all([...this.logs].map((log) => log.close()));
      if (this.failure !== null) return;
      this.context.health.guard(`closing ${this.path}`, () => {
        this.writeCheckpoints();
        // A partition that is offline must be looked into again.
        if (this.offline.size > 0) return;
        writeCleanShutdown(this.context.disk, this.path, brokerEpoch);
      });
    } finally {
      this.lock.release();
    }
  }

  /**
   * Makes the log start offsets durable now, and not only when their time comes: for deletions that
   * are about to be acknowledged. Throws a StorageError when the disk fails.
   */
  saveLogStartOffsets(): void {
    this.context.health.guard(`saving the log start offsets of ${this.path}`, () =>
      this.writeLogStartOffsets(),
    );
  }

  private upkeep(now: number): void {
    this.every('retentionCheckMs', now, () => {
      for (const log of this.logs) if (!log.isBeingCleaned) log.applyRetention(now);
    });
    this.every('producerExpiryCheckMs', now, () => {
      for (const log of this.logs) log.expireProducers(now);
    });
    for (const log of this.logs) log.flushIfDue(now);
    this.every('recoveryPointCheckpointMs', now, () => this.writeRecoveryPoints());
    this.every('logStartOffsetCheckpointMs', now, () => this.writeLogStartOffsets());
    this.every('highWatermarkCheckpointMs', now, () => this.writeHighWatermarks());
    this.context.removals.run(now);
  }

  private openAll(
    found: readonly FoundPartition[],
    cleanShutdown: boolean,
    now: number,
  ): Map<string, string> {
    const { disk } = this.context;
    const offsets = (name: string) =>
      readOffsetCheckpoint(disk, `${this.path}/${name}`) ?? new Map();
    const recoveryPoints: Map<string, number> = offsets(RECOVERY_POINT_CHECKPOINT);
    const startOffsets: Map<string, number> = offsets(LOG_START_OFFSET_CHECKPOINT);
    const highWatermarks: Map<string, number> = offsets(REPLICATION_OFFSET_CHECKPOINT);
    const offline = new Map<string, string>();
    for (const { parsed, directory } of found) {
      if (parsed.state === 'deleted') {
        this.context.removals.addDirectory(directory, now);
        continue;
      }
      if (parsed.state !== 'current') continue;
      const name = partitionDirectoryName(parsed.topic, parsed.partition);
      const recoveryPoint = recoveryPoints.get(name) ?? 0;
      const logStartOffset = startOffsets.get(name) ?? 0;
      try {
        const open = { recoveryPoint, logStartOffset, cleanShutdown, now };
        const log = this.openLog(parsed, directory, open);
        log.updateHighWatermark(highWatermarks.get(name) ?? 0);
        this.logsByName.set(name, log);
      } catch (error) {
        if (!(error instanceof StorageError) || this.failure !== null) throw error;
        offline.set(name, error.message);
        this.offlinePoints.push({ ...parsed, offset: recoveryPoint });
      }
    }
    return offline;
  }

  private notesGonePartitions(): boolean {
    return CHECKPOINTS.some((name) => {
      const noted = readOffsetCheckpoint(this.context.disk, `${this.path}/${name}`);
      if (noted === null) return true;
      return [...noted.keys()].some((log) => !this.logsByName.has(log) && !this.offline.has(log));
    });
  }

  private openLog(parsed: PartitionDirectory, directory: string, open: LogOpening): Log {
    const { topic, partition } = parsed;
    return Log.open({
      ...open,
      context: this.context,
      directory,
      topic,
      partition,
      config: this.configOf(topic),
      wasCleaned: this.cleanerOffsets.get(partitionDirectoryName(topic, partition)) !== undefined,
      checkpoints: {
        lowerRecoveryPoint: (log, offset) => {
          this.cleanerOffsets.lower(log.name, offset);
          this.writeRecoveryPoints(log, offset);
        },
        saveRecoveryPoints: () => this.writeRecoveryPoints(),
        saveLogStartOffsets: () => this.writeLogStartOffsets(),
      },
    });
  }

  private moveAway(topic: string, partition: number, newName: typeof deletedDirectoryName) {
    const name = partitionDirectoryName(topic, partition);
    const log = this.logsByName.get(name);
    if (log === undefined) return null;
    const { disk, random, health } = this.context;
    const path = `${this.path}/${newName(topic, partition, random.bytes(16).toString('hex'))}`;
    this.logsByName.delete(name);
    health.guard(`renaming ${log.directory}`, () => {
      disk.rename(log.directory, path);
      disk.syncDirectory(this.path);
      log.moved(path);
      this.cleanerOffsets.set(name, undefined);
      this.writeCheckpoints();
    });
    return { path, log };
  }

  private every(what: keyof DirectoryIntervals, now: number, run: () => void): void {
    const last = this.lastRunMs.get(what);
    if (last === undefined) this.lastRunMs.set(what, now);
    if (last === undefined || now - last < this.intervals[what]) return;
    this.lastRunMs.set(what, now);
    run();
  }

  private writeCheckpoints(): void {
    this.writeRecoveryPoints();
    this.writeLogStartOffsets();
    this.writeHighWatermarks();
  }

  private writeRecoveryPoints(lowered?: Log, loweredTo = 0): void {
    const points = this.offsets((log) => (log === lowered ? loweredTo : log.recoveryPoint));
    this.write(RECOVERY_POINT_CHECKPOINT, [...points, ...this.offlinePoints]);
  }

  /** Only where it is not simply where the first segment starts. */
  private writeLogStartOffsets(): void {
    const starts = this.offsets((log) => {
      return log.logStartOffset > log.firstSegmentOffset ? log.logStartOffset : null;
    });
    this.write(LOG_START_OFFSET_CHECKPOINT, starts);
  }

  private writeHighWatermarks(): void {
    this.write(
      REPLICATION_OFFSET_CHECKPOINT,
      this.offsets((log) => log.highWatermark),
    );
  }

  private offsets(of: (log: Log) => number | null): PartitionOffset[] {
    const offsets: PartitionOffset[] = [];
    for (const log of this.logs) {
      const offset = of(log);
      if (offset !== null) offsets.push({ topic: log.topic, partition: log.partition, offset });
    }
    return offsets;
  }

  private write(name: string, offsets: readonly PartitionOffset[]): void {
    writeOffsetCheckpoint(this.context.disk, `${this.path}/${name}`, offsets);
  }
}

interface NewLog {
  readonly topicId?: string;
  readonly now: number;
}

interface LogOpening {
  readonly recoveryPoint: number;
  readonly logStartOffset: number;
  readonly cleanShutdown: boolean;
  readonly now: number;
}
