import type { CheckpointFile } from '../checkpoint/checkpoint-file.ts';
import type { LogContext } from '../context.ts';
import type { Log } from '../log.ts';
import type { DirectoryCheckpoints } from './directory-checkpoints.ts';
import { type DirectoryIntervals, Schedule } from './schedule.ts';

/** What retention does in one turn at most: clients wait for it. The rest has its turn at the next tick. */
const MOST_LOGS = 200;
const MOST_SEGMENTS = 16;

export interface UpkeepOptions {
  readonly context: LogContext;
  readonly path: string;
  readonly logs: () => Iterable<Log>;
  readonly holds: (log: Log) => boolean;
  readonly checkpoints: DirectoryCheckpoints;
  readonly intervals: Partial<DirectoryIntervals> | undefined;
}

/** What has to be done in a log directory from time to time. */
export class Upkeep {
  private readonly options: UpkeepOptions;
  private readonly schedule: Schedule;
  /** Logs that retention has yet to look at, the next one last. */
  private unretained: Log[] = [];
  /** The checkpoints, the one that was saved last at the end. */
  private checkpoints: (readonly [keyof DirectoryIntervals, CheckpointFile])[];

  constructor(options: UpkeepOptions) {
    this.options = options;
    this.schedule = new Schedule(options.intervals);
    const { recoveryPoints, logStartOffsets, highWatermarks } = options.checkpoints;
    this.checkpoints = [
      ['recoveryPointCheckpointMs', recoveryPoints],
      ['logStartOffsetCheckpointMs', logStartOffsets],
      ['highWatermarkCheckpointMs', highWatermarks],
    ];
  }

  /** Throws a StorageError when the disk fails; what finds no space is done the next time. */
  tick(now: number): void {
    const { context, logs } = this.options;
    this.step(() => context.reserve?.tick());
    this.step(() => this.retain(now));
    this.every('producerExpiryCheckMs', now, () => {
      for (const log of logs()) log.expireProducers(now);
    });
    for (const log of logs()) log.flushIfDue(now);
    this.step(() => this.saveOne(now));
    this.step(() => context.removals.run(now));
  }

  private retain(now: number): void {
    const isDue = this.schedule.isDue('retentionCheckMs', now);
    if (isDue && this.unretained.length === 0) this.unretained = [...this.options.logs()];
    let segments = MOST_SEGMENTS;
    for (let looks = 0; looks < MOST_LOGS && segments > 0; looks++) {
      const log = this.unretained.at(-1);
      if (log === undefined) return;
      if (this.options.holds(log) && !log.isBeingCleaned) {
        segments -= log.applyRetention(now, segments);
      }
      // With none left this one may have more.
      if (segments > 0) this.unretained.pop();
    }
  }

  /** Begins to save one checkpoint that is due: the text of each takes a turn long where partitions are many. */
  private saveOne(now: number): void {
    const due = this.checkpoints.find(([what]) => this.schedule.isDue(what, now));
    if (due === undefined) return;
    this.checkpoints = [...this.checkpoints.filter((each) => each !== due), due];
    const [, file] = due;
    this.options.context.health.attemptSometime(`saving ${file.path}`, () => file.save());
  }

  private every(what: keyof DirectoryIntervals, now: number, run: () => void): void {
    if (this.schedule.isDue(what, now)) this.step(run);
  }

  /** One part of the upkeep; the others go on when it finds no space. */
  private step(run: () => void): void {
    this.options.context.health.attemptOrSkip(`the upkeep of ${this.options.path}`, run);
  }
}
