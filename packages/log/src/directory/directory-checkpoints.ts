import {
  LOG_START_OFFSET_CHECKPOINT,
  offsetCheckpoint,
  type PartitionOffset,
  RECOVERY_POINT_CHECKPOINT,
  REPLICATION_OFFSET_CHECKPOINT,
  readOffsetCheckpoint,
} from '../checkpoint/offset-checkpoint.ts';
import type { LogContext } from '../context.ts';
import type { Log } from '../log.ts';

const CHECKPOINTS = [
  RECOVERY_POINT_CHECKPOINT,
  LOG_START_OFFSET_CHECKPOINT,
  REPLICATION_OFFSET_CHECKPOINT,
];

/** What the checkpoints said when the directory was opened, by partition (`topic-0`). */
export interface NotedOffsets {
  readonly recoveryPoints: ReadonlyMap<string, number>;
  readonly startOffsets: ReadonlyMap<string, number>;
  readonly highWatermarks: ReadonlyMap<string, number>;
}

/** The files of a log directory with an offset for each of its partitions. */
export class DirectoryCheckpoints {
  private readonly context: LogContext;
  private readonly path: string;
  private readonly logs: () => Iterable<Log>;
  private coming: Log | null = null;
  /** What the files hold, where this run has written them: nothing is synced for the same once more. */
  private readonly written = new Map<string, string>();
  /** Recovery points of partitions that are not open: they must outlive this run. */
  private readonly unopenedPoints = new Map<string, PartitionOffset>();

  constructor(context: LogContext, path: string, logs: () => Iterable<Log>) {
    this.context = context;
    this.path = path;
    this.logs = logs;
  }

  read(): NotedOffsets {
    const offsets = (name: string) => this.noted(name) ?? new Map<string, number>();
    return {
      recoveryPoints: offsets(RECOVERY_POINT_CHECKPOINT),
      startOffsets: offsets(LOG_START_OFFSET_CHECKPOINT),
      highWatermarks: offsets(REPLICATION_OFFSET_CHECKPOINT),
    };
  }

  /** True when something is noted of partitions that are not there, or a file is damaged. */
  notesOthersThan(isThere: (name: string) => boolean): boolean {
    return CHECKPOINTS.some((name) => {
      const noted = this.noted(name);
      return noted === null || [...noted.keys()].some((log) => !isThere(log));
    });
  }

  /** The partition cannot be opened now: its recovery point stays noted. */
  keep(name: string, point: PartitionOffset): void {
    this.unopenedPoints.set(name, point);
  }

  /** The partition is open, or gone. */
  forget(name: string): void {
    this.unopenedPoints.delete(name);
  }

  /** Also for a log that is about to be one of the directory's. */
  writeAll(coming?: Log): void {
    this.coming = coming ?? null;
    try {
      this.writeRecoveryPoints();
      this.writeLogStartOffsets();
      this.writeHighWatermarks();
    } finally {
      this.coming = null;
    }
  }

  /** With one of the points lower than it is, where that is asked for. */
  writeRecoveryPoints(lowered?: Log, loweredTo = 0): void {
    const points = this.offsets((log) =>
      log === lowered ? Math.min(loweredTo, log.recoverFrom) : log.recoverFrom,
    );
    this.write(RECOVERY_POINT_CHECKPOINT, [...points, ...this.unopenedPoints.values()]);
  }

  /** Only where it is not simply where the first segment starts. */
  writeLogStartOffsets(): void {
    const starts = this.offsets((log) => {
      return log.logStartOffset > log.firstSegmentOffset ? log.logStartOffset : null;
    });
    this.write(LOG_START_OFFSET_CHECKPOINT, starts);
  }

  writeHighWatermarks(): void {
    this.write(
      REPLICATION_OFFSET_CHECKPOINT,
      this.offsets((log) => log.highWatermark),
    );
  }

  private noted(name: string): Map<string, number> | null {
    return readOffsetCheckpoint(this.context.disk, `${this.path}/${name}`);
  }

  private offsets(of: (log: Log) => number | null): PartitionOffset[] {
    const offsets: PartitionOffset[] = [];
    const logs = this.coming === null ? this.logs() : [...this.logs(), this.coming];
    for (const log of logs) {
      const offset = of(log);
      if (offset !== null) offsets.push({ topic: log.topic, partition: log.partition, offset });
    }
    return offsets;
  }

  private write(name: string, offsets: readonly PartitionOffset[]): void {
    const content = offsetCheckpoint(offsets);
    if (this.written.get(name) === content) return;
    this.context.disk.replaceFile(`${this.path}/${name}`, content);
    this.written.set(name, content);
  }
}
