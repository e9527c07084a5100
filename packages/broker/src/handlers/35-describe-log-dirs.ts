import type { LogDirectory } from '@tidelog/log';
import { errors, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';
import type { Handler } from './handler.ts';

type Result = ResponseOf<'DescribeLogDirs'>['results'][number];

/**
 * Versions 1 to 5: each log directory with the partitions in it that were asked for (null: all), its size
 * and free space. A failed directory is KAFKA_STORAGE_ERROR and shows no partitions.
 */
export const describeLogDirs: Handler<'DescribeLogDirs'> = (request, _context, broker) => ({
  errorCode: errors.NONE.code,
  results: broker.partitions.directories.map((directory) =>
    describe(directory, wantedPartitions(request.topics), broker),
  ),
});

/** Null: all. */
function wantedPartitions(
  topics: RequestOf<'DescribeLogDirs'>['topics'],
): ReadonlyMap<string, ReadonlySet<number>> | null {
  if (topics === null) return null;
  return new Map(topics.map(({ topic, partitions }) => [topic, new Set(partitions)]));
}

function describe(
  directory: LogDirectory,
  wanted: ReturnType<typeof wantedPartitions>,
  broker: BrokerServices,
): Result {
  const { path: logDir } = directory;
  if (directory.failure !== null) {
    return { errorCode: errors.KAFKA_STORAGE_ERROR.code, logDir, topics: [] };
  }
  const topics = new Map<string, Result['topics'][number]['partitions'][number][]>();
  for (const log of directory.logs) {
    if (wanted !== null && wanted.get(log.topic)?.has(log.partition) !== true) continue;
    const partition = broker.partitions.get(log.topic, log.partition);
    const partitions = topics.get(log.topic) ?? [];
    partitions.push({
      partitionIndex: log.partition,
      partitionSize: log.sizeBytes,
      offsetLag: Math.max(0, (partition?.highWatermark ?? log.logEndOffset) - log.logEndOffset),
      isFutureKey: false,
    });
    topics.set(log.topic, partitions);
  }
  const { totalBytes, freeBytes } = directory.context.disk.space(logDir);
  return {
    errorCode: errors.NONE.code,
    logDir,
    topics: [...topics].map(([name, partitions]) => ({ name, partitions })),
    totalBytes,
    usableBytes: freeBytes,
  };
}
