/** How often a log directory does what; the defaults are Kafka's. */
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

/** When each part of the upkeep is due: first one interval after the first question. */
export class Schedule {
  private readonly intervals: DirectoryIntervals;
  private readonly lastRunMs = new Map<keyof DirectoryIntervals, number>();

  constructor(intervals: Partial<DirectoryIntervals> = {}) {
    this.intervals = { ...defaultDirectoryIntervals, ...intervals };
  }

  /** Counts as done when true. */
  isDue(what: keyof DirectoryIntervals, now: number): boolean {
    const last = this.lastRunMs.get(what);
    const isDue = last !== undefined && now - last >= this.intervals[what];
    if (last === undefined || isDue) this.lastRunMs.set(what, now);
    return isDue;
  }
}
