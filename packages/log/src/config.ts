/** Kafka's topic configurations that a log obeys, under their names in camel case. May change at run time. */
export interface LogConfig {
  readonly segmentBytes: number;
  readonly segmentMs: number;
  readonly segmentJitterMs: number;
  readonly segmentIndexBytes: number;
  /** -1: without limit. */
  readonly retentionMs: number;
  /** -1: without limit. */
  readonly retentionBytes: number;
  /** The greatest size of one batch, header included. */
  readonly maxMessageBytes: number;
  readonly indexIntervalBytes: number;
  readonly fileDeleteDelayMs: number;
  readonly messageTimestampType: 'CreateTime' | 'LogAppendTime';
  readonly messageTimestampBeforeMaxMs: number;
  readonly messageTimestampAfterMaxMs: number;
  /** `producer` keeps what the producer chose; any other value re-compresses what differs. */
  readonly compressionType: 'producer' | 'uncompressed' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
  readonly compressionGzipLevel: number;
  readonly compressionLz4Level: number;
  readonly compressionZstdLevel: number;
  /** `cleanup.policy` contains `compact`. */
  readonly compact: boolean;
  /** `cleanup.policy` contains `delete`. */
  readonly delete: boolean;
  readonly preallocate: boolean;
  /** Flush to stable storage whenever so many records wait for it. */
  readonly flushMessages: number;
  /** Flush to stable storage whenever the last flush is so long ago. */
  readonly flushMs: number;
  readonly deleteRetentionMs: number;
  readonly minCompactionLagMs: number;
  readonly maxCompactionLagMs: number;
  readonly minCleanableDirtyRatio: number;
}

/** What Kafka writes as 9223372036854775807: never. */
const NEVER = 2 ** 63;
const DAY_MS = 86_400_000;

/** The defaults of Apache Kafka 4.3. */
export const defaultLogConfig: LogConfig = {
  segmentBytes: 1 << 30,
  segmentMs: 7 * DAY_MS,
  segmentJitterMs: 0,
  segmentIndexBytes: 10 << 20,
  retentionMs: 7 * DAY_MS,
  retentionBytes: -1,
  maxMessageBytes: 1_048_588,
  indexIntervalBytes: 4096,
  fileDeleteDelayMs: 60_000,
  messageTimestampType: 'CreateTime',
  messageTimestampBeforeMaxMs: NEVER,
  messageTimestampAfterMaxMs: 3_600_000,
  compressionType: 'producer',
  compressionGzipLevel: -1,
  compressionLz4Level: 9,
  compressionZstdLevel: 3,
  compact: false,
  delete: true,
  preallocate: false,
  flushMessages: NEVER,
  flushMs: NEVER,
  deleteRetentionMs: DAY_MS,
  minCompactionLagMs: 0,
  maxCompactionLagMs: NEVER,
  minCleanableDirtyRatio: 0.5,
};

/** The longest time that a segment stays open: compaction only ever sees closed ones. */
export function maxSegmentMs(config: LogConfig): number {
  if (!config.compact || config.maxCompactionLagMs <= 0) return config.segmentMs;
  return Math.min(config.segmentMs, config.maxCompactionLagMs);
}
