import { takeCleanShutdown, writeCleanShutdown } from '../checkpoint/clean-shutdown.ts';
import type { LogConfig } from '../config.ts';
import { createLogContext, type LogContext, type LogContextOptions } from '../context.ts';
import { Log } from '../log.ts';
import {
  deletedDirectoryName,
  futureDirectoryName,
  type PartitionDirectory,
  partitionDirectoryName,
  strayDirectoryName,
} from '../names.ts';
import { DiskFullError, StorageError } from '../results.ts';
import { CleanerOffsets } from './cleaner-offsets.ts';
import { DirectoryCheckpoints, type NotedOffsets } from './directory-checkpoints.ts';
import { inLanes } from '../files/in-lanes.ts';
import { SYNCED_AT_ONCE } from './group-commit.ts';
import { Departures } from './departures.ts';
import type { DirectoryIntervals } from './schedule.ts';
import { Upkeep } from './upkeep.ts';
import {
  DirectoryError,
  type FoundPartition,
  makeDurableDirectory,
  partitionsIn,
} from './find-partitions.ts';

export interface OpenDirectoryOptions extends Omit<LogContextOptions, 'directory'> {
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
  /** Partitions whose synced bytes are damaged, by name (`topic-0`), with the reason. */
  readonly offline = new Map<string, string>();
  /** Up to where each compacted log is clean. */
  readonly cleanerOffsets: CleanerOffsets;
  private readonly lock: { release(): void };
  private readonly logsByName = new Map<string, Log>();
  /** Copies of logs that are on their way into this directory (`topic-0.<id>-future`). */
  private readonly futuresByName = new Map<string, Log>();
  /** Partitions that are waiting for space to be opened. */
  private readonly unopened = new Map<string, FoundLog>();
  private readonly checkpoints: DirectoryCheckpoints;
  private readonly configOf: (topic: string) => LogConfig;
  private readonly departures: Departures;
  private readonly upkeep: Upkeep;

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
    const { path, now } = options;
    this.path = path;
    this.lock = lock;
    this.context = createLogContext({ ...options, directory: path });
    this.configOf = options.configOf;
    this.checkpoints = new DirectoryCheckpoints(this.context, path, () => this.logs);
    this.upkeep = new Upkeep({
      context: this.context,
      path,
      logs: () => this.logs,
      holds: (log) => this.logsByName.get(log.name) === log,
      checkpoints: this.checkpoints,
      intervals: options.intervals,
    });
    const { disk } = this.context;
    this.cleanerOffsets = new CleanerOffsets(disk, path);
    this.departures = new Departures(this.context, this.checkpoints, this.cleanerOffsets);
    const found = partitionsIn(disk, path);
    const clean = takeCleanShutdown(disk, path);
    this.lastBrokerEpoch = clean?.brokerEpoch ?? null;
    // Of partitions that a killed process has made the names may be in memory only.
    if (clean === null) this.context.names?.changed();
    const noted = this.checkpoints.read();
    for (const partition of found)
      this.openFound(partition, noted, { isClean: clean !== null, now });
    // What is noted of partitions that are gone must not meet a new one of that name.
    const isThere = (name: string) =>
      [this.logsByName, this.offline, this.unopened].some((all) => all.has(name));
    if (this.checkpoints.notesOthersThan(isThere)) this.checkpoints.writeAll();
    this.cleanerOffsets.retain(isThere);
  }

  /** Why the whole directory is offline, or null. */
  get failure(): string | null {
    return this.context.health.failure;
  }

  get logs(): Iterable<Log> {
    return this.logsByName.values();
  }

  get futureLogs(): Iterable<Log> {
    return this.futuresByName.values();
  }

  get logCount(): number {
    return this.logsByName.size;
  }

  log(topic: string, partition: number): Log | undefined {
    return this.logsByName.get(partitionDirectoryName(topic, partition));
  }

  futureLog(topic: string, partition: number): Log | undefined {
    return this.futuresByName.get(partitionDirectoryName(topic, partition));
  }

  /** Whether the partition is here, be it unusable. */
  holds(topic: string, partition: number): boolean {
    const name = partitionDirectoryName(topic, partition);
    return this.logsByName.has(name) || this.offline.has(name) || this.unopened.has(name);
  }

  /**
   * Opens a partition's log, creating it when there is none: durably with the first records.
   *
   * @throws StorageError when it is damaged or the disk fails; DiskFullError: it may be tried again
   */
  createLog(topic: string, partition: number, { topicId, now }: NewLog): Log {
    const name = partitionDirectoryName(topic, partition);
    const existing = this.logsByName.get(name);
    if (existing !== undefined) return existing;
    const reason = this.offline.get(name);
    if (reason !== undefined) throw new StorageError(reason);
    const unopened = this.unopened.get(name);
    this.context.health.attempt(`noting that ${name} was here`, () =>
      this.departures.settleNow(name),
    );
    const log =
      unopened === undefined
        ? this.createIn(name, { topic, partition, state: 'current' }, now)
        : this.openLog({ ...unopened, opening: { ...unopened.opening, now } });
    if (topicId !== undefined) log.assignTopicId(topicId);
    this.logsByName.set(name, log);
    this.unopened.delete(name);
    this.checkpoints.forget(name);
    return log;
  }

  /** Creates an empty log beside the partitions, to become one of them by `promoteFuture`. */
  createFuture(topic: string, partition: number, { topicId, now }: NewLog): Log {
    const name = futureDirectoryName(topic, partition, this.uniqueId());
    const log = this.createIn(name, { topic, partition, state: 'future' }, now);
    if (topicId !== undefined) log.assignTopicId(topicId);
    this.futuresByName.set(partitionDirectoryName(topic, partition), log);
    return log;
  }

  /**
   * Gives the future log its partition's name, durably, with what `source` notes of it: the source may
   * go then. The partition must not be here yet.
   */
  adoptFuture(topic: string, partition: number, source?: LogDirectory): Log {
    const name = partitionDirectoryName(topic, partition);
    const log = this.futuresByName.get(name);
    if (log === undefined || this.holds(topic, partition)) {
      throw new Error(`${name} has no future in ${this.path}, or is there already`);
    }
    const { disk, health } = this.context;
    const path = `${this.path}/${name}`;
    // Cleaned once, it may have gaps for ever; where it is clean is for the cleaner to find out.
    const wasCleaned = source?.cleanerOffsets.get(name) !== undefined;
    health.attempt(`renaming ${log.directory}`, () => {
      if (wasCleaned) this.cleanerOffsets.set(name, 0);
      this.checkpoints.writeAll(log);
      disk.rename(log.directory, path);
    });
    this.futuresByName.delete(name);
    this.logsByName.set(name, log);
    log.renamed(path);
    health.guard(`renaming ${log.directory}`, () => disk.syncDirectory(this.path));
    return log;
  }

  /** Renames a partition away (`topic-0.<id>-delete`); its files go after `file.delete.delay.ms`. */
  deleteLog(topic: string, partition: number, now: number): void {
    this.moveAway(this.logsByName, { topic, partition, newName: deletedDirectoryName }, now);
  }

  /** The same for a future log, which no one waits for any more. */
  deleteFuture(topic: string, partition: number, now: number): void {
    this.moveAway(this.futuresByName, { topic, partition, newName: deletedDirectoryName }, now);
  }

  /** Sets a partition aside that the metadata does not know (`topic-0.<id>-stray`). */
  setAside(topic: string, partition: number): void {
    this.moveAway(this.logsByName, { topic, partition, newName: strayDirectoryName });
  }

  /**
   * Does what is due: checkpoints, retention, expiry, flushes, removals. Call about once a second.
   * A failing disk is told to `onFailure`; what finds no space is done the next time.
   */
  tick(now: number): void {
    if (this.failure !== null) return;
    try {
      this.upkeep.tick(now);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
    }
  }

  /** Resolves when what the upkeep has begun is done: it writes checkpoints off the event loop. */
  async settled(): Promise<void> {
    await this.departures.settled();
    await Promise.all([this.checkpoints.settled(), this.cleanerOffsets.settled()]);
  }

  /** Gives the directory up as a crash would: for a start that fails half-way. */
  release(): void {
    this.lock.release();
  }

  /**
   * A clean stop: flushes and closes all logs, writes the checkpoints and the mark of a clean stop.
   * On a directory that is offline only the files are closed; without space the mark is missing.
   * Rejects when the disk fails now.
   */
  async close(brokerEpoch = -1): Promise<void> {
    try {
      await this.context.removals.stop();
      await this.settled();
      const errors: Error[] = [];
      await inLanes(SYNCED_AT_ONCE, [...this.logs, ...this.futureLogs], (log) =>
        log.close().catch((error: unknown) => errors.push(error as Error)),
      );
      if (this.failure !== null) return;
      const fatal = errors.find((error) => !(error instanceof DiskFullError));
      if (fatal !== undefined) throw fatal;
      this.context.health.attemptOrSkip(`closing ${this.path}`, () => {
        this.checkpoints.writeAll();
        // A partition that could not be opened must be looked into again.
        if (this.offline.size + this.unopened.size + errors.length > 0) return;
        writeCleanShutdown(this.context.disk, this.path, brokerEpoch);
      });
    } finally {
      this.lock.release();
    }
  }

  /**
   * Makes the log start offsets durable now, and not only when their time comes: for deletions that
   * are about to be acknowledged. Rejects with a StorageError when the disk fails, or has no space at all.
   */
  saveLogStartOffsets(): Promise<void> {
    return this.context.health.attemptLater(`saving the log start offsets of ${this.path}`, () =>
      this.checkpoints.logStartOffsets.save(),
    );
  }

  private openFound({ parsed, directory }: FoundPartition, noted: NotedOffsets, at: Opened): void {
    const { isClean, now } = at;
    if (parsed.state === 'deleted') this.context.removals.addDirectory(directory, now);
    if (parsed.state === 'deleted' || parsed.state === 'stray') return;
    const name = partitionDirectoryName(parsed.topic, parsed.partition);
    const isFuture = parsed.state === 'future';
    const opening = {
      recoveryPoint: isFuture ? 0 : (noted.recoveryPoints.get(name) ?? 0),
      logStartOffset: isFuture ? 0 : (noted.startOffsets.get(name) ?? 0),
      cleanShutdown: isClean,
      isNew: false,
      now,
    };
    const found = { parsed, directory, opening };
    try {
      const log = this.openLog(found);
      log.updateHighWatermark(isFuture ? 0 : (noted.highWatermarks.get(name) ?? 0));
      (isFuture ? this.futuresByName : this.logsByName).set(name, log);
    } catch (error) {
      if (!(error instanceof StorageError) || this.failure !== null) throw error;
      // A move that cannot go on begins anew.
      if (isFuture) return this.context.removals.addDirectory(directory, now);
      this.checkpoints.keep(name, { ...parsed, offset: opening.recoveryPoint });
      if (error instanceof DiskFullError) this.unopened.set(name, found);
      else this.offline.set(name, error.message);
    }
  }

  private createIn(name: string, parsed: PartitionDirectory, now: number): Log {
    const directory = `${this.path}/${name}`;
    const opening = { recoveryPoint: 0, logStartOffset: 0, cleanShutdown: true, isNew: true, now };
    this.context.health.attempt(`creating ${directory}`, () => {
      this.context.disk.makeDirectory(directory);
    });
    this.context.names?.changed();
    return this.openLog({ parsed, directory, opening });
  }

  private openLog({ parsed, directory, opening }: FoundLog): Log {
    const { topic, partition, state } = parsed;
    const { checkpoints } = this;
    return Log.open({
      ...opening,
      context: this.context,
      directory,
      topic,
      partition,
      config: this.configOf(topic),
      wasCleaned: this.cleanerOffsets.get(partitionDirectoryName(topic, partition)) !== undefined,
      ...(state === 'current' && {
        checkpoints: {
          lowerRecoveryPoint: (log, offset) => {
            this.cleanerOffsets.lower(log.name, offset);
            checkpoints.lowerRecoveryPoint(log, offset);
          },
          saveRecoveryPoints: () => checkpoints.recoveryPoints.save(),
          saveLogStartOffsets: () => checkpoints.logStartOffsets.save(),
        },
      }),
    });
  }

  /** Without a time the files are kept. Where there is no space for another name they go at once. */
  private moveAway(logs: Map<string, Log>, away: Away, removeFrom?: number): void {
    const { topic, partition, newName } = away;
    const name = partitionDirectoryName(topic, partition);
    const log = logs.get(name);
    if (log === undefined) return;
    const { disk, health, removals } = this.context;
    const path = `${this.path}/${newName(topic, partition, this.uniqueId())}`;
    const isRenamed = health.attemptOrSkip(`renaming ${log.directory}`, () =>
      disk.rename(log.directory, path),
    );
    logs.delete(name);
    if (!isRenamed && removeFrom === undefined) return;
    const formerPath = log.directory;
    log.moved(path);
    if (!isRenamed) {
      health.guard(`removing ${formerPath}`, () => disk.removeDirectory(formerPath));
    } else if (removeFrom !== undefined) {
      removals.addDirectory(path, removeFrom + log.config.fileDeleteDelayMs);
    }
    if (logs === this.logsByName) this.cleanerOffsets.forget(name);
    this.departures.add(name);
  }

  private uniqueId(): string {
    return this.context.random.bytes(16).toString('hex');
  }
}

interface NewLog {
  readonly topicId?: string;
  readonly now: number;
}

interface Opened {
  readonly isClean: boolean;
  readonly now: number;
}

interface FoundLog extends FoundPartition {
  readonly opening: {
    readonly recoveryPoint: number;
    readonly logStartOffset: number;
    readonly cleanShutdown: boolean;
    readonly isNew: boolean;
    readonly now: number;
  };
}

interface Away {
  readonly topic: string;
  readonly partition: number;
  readonly newName: (topic: string, partition: number, uniqueId: string) => string;
}
