import { isFailure, type Log, type LogDirectory, StorageError } from '@tidelog/log';
import type { Clock } from '@tidelog/platform';
import { batchBaseOffset } from '@tidelog/protocol';
import type { DirectoryAssignments } from './directory-assignments.ts';
import type { LogDirectories } from './log-directories.ts';
import type { Partition } from './partition.ts';

const COPY_BYTES = 1 << 20;
/** What may be left to copy in the one turn in which the new log takes over. */
const LAST_COPY_BYTES = 4 << 20;
/** How long a move waits for space in its target. */
const FULL_PAUSE_MS = 1000;

export interface ReplicaMovesOptions {
  readonly directories: LogDirectories;
  readonly assignments: DirectoryAssignments;
  readonly clock: Clock;
  /** `replica.alter.log.dirs.io.max.bytes.per.second`, for all moves together. */
  readonly maxBytesPerSecond: () => number;
  readonly warn: (message: string) => void;
}

/** One replica on its way from one directory into another. */
interface Move {
  readonly partition: Partition;
  readonly target: LogDirectory;
  readonly future: Log;
  /** The controller has the target for the replica's directory, or may have. */
  isAssigned: boolean;
}

/**
 * Moves replicas between the log directories of this broker (AlterReplicaLogDirs, KIP-113, KIP-858):
 * a `-future` log in the target is filled from the log in use; when it has caught up and is durable,
 * the controller is told, and then it takes over, in one turn:
 *
 *     copy the rest · sync · rename the future · note its start · switch · rename the old log away
 *
 * A crash before the rename leaves the old log in use and the future to go on with; one behind it
 * leaves two logs of that name, of which the controller knows the one to keep.
 */
export class ReplicaMoves {
  readonly #options: ReplicaMovesOptions;
  readonly #moves = new Map<Partition, Move>();
  /** Up to when the bandwidth is used up (monotonic). */
  #busyUntilMs = 0;

  constructor(options: ReplicaMovesOptions) {
    this.#options = options;
  }

  /** Where the partition is being moved to. */
  targetOf(partition: Partition): LogDirectory | undefined {
    return this.#moves.get(partition)?.target;
  }

  /** Begins a move, or goes on with one that a stop interrupted. @throws StorageError */
  start(partition: Partition, target: LogDirectory): void {
    const { topic, index, topicId, log } = partition;
    const now = this.#options.clock.now();
    const future =
      target.futureLog(topic, index) ?? target.createFuture(topic, index, { topicId, now });
    future.updateConfig(log.config);
    // A crash may have taken more from the log in use than from its copy.
    future.truncateTo(Math.min(log.logEndOffset, future.logEndOffset), now);
    const move = { partition, target, future, isAssigned: false };
    this.#moves.set(partition, move);
    void this.#run(move);
  }

  /** Ends a move, if there is one: the log in use stays. */
  cancel(partition: Partition): void {
    const move = this.#moves.get(partition);
    if (move === undefined) return;
    const { topic, index } = partition;
    this.#drop(move);
    if (move.target.failure !== null) return;
    move.target.deleteFuture(topic, index, this.#options.clock.now());
  }

  /** Ends all moves that a failed directory has a part in. */
  directoryFailed(failed: LogDirectory): void {
    for (const move of Array.from(this.#moves.values())) {
      const { topic, index, log } = move.partition;
      if (move.target === failed || failed.log(topic, index) === log) this.#drop(move);
    }
  }

  stop(): void {
    this.#moves.clear();
  }

  #isUnderWay(move: Move): boolean {
    return this.#moves.get(move.partition) === move;
  }

  async #run(move: Move): Promise<void> {
    const { partition, future, target } = move;
    const { assignments, directories, warn } = this.#options;
    try {
      while (this.#isUnderWay(move)) {
        const copied = this.#copy(move, this.#stepBytes());
        if (copied !== 0) {
          await this.#pause(copied);
          continue;
        }
        await future.flushed(future.logEndOffset);
        if (!this.#isUnderWay(move)) return;
        if (!move.isAssigned) {
          move.isAssigned = true;
          const { topicId, index } = partition;
          const id = directories.idOf(target);
          if (await assignments.assign(topicId, index, id)) continue;
          return this.cancel(partition);
        }
        if (this.#takeOver(move)) return;
      }
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      warn(`${partition.log.name} stays in ${partition.log.directory}: ${error.message}`);
      if (this.#isUnderWay(move)) this.#drop(move);
    }
  }

  /** Copies about `maxBytes`; returns how many, -1 while the target has no space. */
  #copy({ partition, future, target }: Move, maxBytes: number): number {
    const { log } = partition;
    const now = this.#options.clock.now();
    const isBehind = future.logEndOffset < log.logStartOffset;
    const from = isBehind ? log.logStartOffset : future.logEndOffset;
    if (from >= log.logEndOffset) {
      if (isBehind) future.truncateFullyAndStartAt(from, now);
      return 0;
    }
    const room = Math.min(maxBytes, log.config.segmentBytes);
    const limits = { maxBytes: room, maxOffset: log.logEndOffset, minOneMessage: true };
    const read = log.read(from, limits);
    if (isFailure(read)) throw new StorageError(read.message);
    const records = Buffer.concat(read.records);
    if (isBehind) future.truncateFullyAndStartAt(batchBaseOffset(records, 0), now);
    const rules = { maxLeaderEpoch: Number.POSITIVE_INFINITY, now };
    const appended = future.appendAsFollower(records, rules);
    if (!isFailure(appended)) return records.length;
    if (target.failure === null && target.context.reserve?.isFull === true) return -1;
    throw new StorageError(appended.message);
  }

  /** The future log becomes the one in use. False when too much was appended meanwhile. */
  #takeOver(move: Move): boolean {
    const { partition, future, target } = move;
    const { log, topic, index } = partition;
    const { clock, directories } = this.#options;
    for (let copied = 0; future.logEndOffset < log.logEndOffset; ) {
      const more = this.#copy(move, COPY_BYTES);
      copied += more;
      if (more < 0 || copied > LAST_COPY_BYTES) return false;
    }
    const source = directories.opened.find((directory) => directory.log(topic, index) === log);
    if (source === undefined) return false;
    if (partition.isLeader) future.assignLeaderEpoch(partition.leaderEpoch);
    future.advanceLogStartOffset(log.logStartOffset);
    future.updateHighWatermark(log.highWatermark);
    future.flushNow();
    target.adoptFuture(topic, index, source);
    this.#moves.delete(partition);
    partition.replaceLog(future);
    source.deleteLog(topic, index, clock.now());
    return true;
  }

  #drop(move: Move): void {
    const { partition } = move;
    this.#moves.delete(partition);
    if (!move.isAssigned) return;
    const { directories, assignments } = this.#options;
    const { topic, index, topicId } = partition;
    const home = directories.opened.find((directory) => directory.log(topic, index) !== undefined);
    if (home !== undefined) void assignments.assign(topicId, index, directories.idOf(home));
  }

  /** Small steps where the bandwidth is small. */
  #stepBytes(): number {
    return Math.min(COPY_BYTES, Math.max(1, this.#options.maxBytesPerSecond()));
  }

  /** As long as the bandwidth asks for, and at least one turn. */
  #pause(copiedBytes: number): Promise<void> {
    const { clock, maxBytesPerSecond } = this.#options;
    const now = clock.monotonic();
    const costMs =
      copiedBytes < 0 ? FULL_PAUSE_MS : (1000 * copiedBytes) / Math.max(1, maxBytesPerSecond());
    this.#busyUntilMs = Math.max(now, this.#busyUntilMs) + costMs;
    return new Promise((resolve) => {
      clock.setTimer(this.#busyUntilMs - now, () => resolve());
    });
  }
}
