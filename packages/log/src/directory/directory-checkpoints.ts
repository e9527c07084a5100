import {
  LOG_START_OFFSET_CHECKPOINT,
  offsetCheckpoint,
  type PartitionOffset,
  RECOVERY_POINT_CHECKPOINT,
  REPLICATION_OFFSET_CHECKPOINT,
  readOffsetCheckpoint,
} from '../checkpoint/offset-checkpoint.ts';
import { CheckpointFile } from '../checkpoint/checkpoint-file.ts';
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
  readonly recoveryPoints: CheckpointFile;
  readonly logStartOffsets: CheckpointFile;
  readonly highWatermarks: CheckpointFile;
  private readonly context: LogContext;
  private readonly path: string;
  private readonly logs: () => Iterable<Log>;
  private coming: Log | null = null;
  /** Recovery points of partitions that are not open: they must outlive this run. */
  private readonly unopenedPoints = new Map<string, PartitionOffset>();

  constructor(context: LogContext, path: string, logs: () => Iterable<Log>) {
    this.context = context;
    this.path = path;
    this.logs = logs;
    const file = (name: string, content: () => string) =>
      new CheckpointFile(context.disk, `${path}/${name}`, content);
    this.recoveryPoints = file(RECOVERY_POINT_CHECKPOINT, () => this.pointsNow());
    this.logStartOffsets = file(LOG_START_OFFSET_CHECKPOINT, () => this.startsNow());
    this.highWatermarks = file(REPLICATION_OFFSET_CHECKPOINT, () =>
      offsetCheckpoint(this.offsets((log) => log.highWatermark)),
    );
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
      for (const file of this.files()) file.saveNow();
    } finally {
      this.coming = null;
    }
  }

  /** The same off the event loop. */
  async saveAll(): Promise<void> {
    await Promise.all(this.files().map((file) => file.save()));
  }

  /** The recovery point of one log is to be lower than it is, before that comes true. */
  lowerRecoveryPoint(log: Log, offset: number): void {
    this.recoveryPoints.saveNow(this.pointsNow(log, offset));
  }

  /** Resolves when nothing is written any more. */
  async settled(): Promise<void> {
    await Promise.all(this.files().map((file) => file.settled()));
  }

  private files(): CheckpointFile[] {
    return [this.recoveryPoints, this.logStartOffsets, this.highWatermarks];
  }

  private pointsNow(lowered?: Log, loweredTo = 0): string {
    const points = this.offsets((log) =>
      log === lowered ? Math.min(loweredTo, log.recoverFrom) : log.recoverFrom,
    );
    return offsetCheckpoint([...points, ...this.unopenedPoints.values()]);
  }

  /** Only where it is not simply where the first segment starts. */
  private startsNow(): string {
    const starts = this.offsets((log) => {
      return log.logStartOffset > log.firstSegmentOffset ? log.logStartOffset : null;
    });
    return offsetCheckpoint(starts);
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
}
