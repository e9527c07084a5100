import type { Log } from '@tidelog/log';
import { errors, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import { type DirectoryEntry, problemOf } from '../partition/log-directories.ts';
import type { BrokerServices } from '../services.ts';
import type { Handler } from './handler.ts';

type Result = ResponseOf<'DescribeLogDirs'>['results'][number];
type Wanted = ReadonlyMap<string, ReadonlySet<number>> | null;

/** There is no other log to compare with. */
const UNKNOWN_LAG = -1;

/**
 * Versions 1 to 5. Each log directory with the partitions in it that were asked for (null: all), those
 * among them that are on their way into it (`isFutureKey`), its size and free space, and whether it is
 * cordoned. A failed directory is KAFKA_STORAGE_ERROR and shows no partitions.
 */
export const describeLogDirs: Handler<'DescribeLogDirs'> = (request, _context, broker) => ({
  errorCode: errors.NONE.code,
  results: broker.partitions.directories.all.map((entry) =>
    describe(entry, wantedPartitions(request.topics), broker),
  ),
});

/** Null: all. */
function wantedPartitions(topics: RequestOf<'DescribeLogDirs'>['topics']): Wanted {
  if (topics === null) return null;
  return new Map(topics.map(({ topic, partitions }) => [topic, new Set(partitions)]));
}

function describe(entry: DirectoryEntry, wanted: Wanted, broker: BrokerServices): Result {
  const { path: logDir, directory } = entry;
  if (directory === null || problemOf(entry) !== null) {
    return { errorCode: errors.KAFKA_STORAGE_ERROR.code, logDir, topics: [] };
  }
  const topics = new Map<string, Result['topics'][number]['partitions'][number][]>();
  const add = (log: Log, isFutureKey: boolean) => {
    if (wanted !== null && wanted.get(log.topic)?.has(log.partition) !== true) return;
    const partitions = topics.get(log.topic) ?? [];
    const offsetLag = lagOf(log, isFutureKey, broker);
    const { partition: partitionIndex, sizeBytes: partitionSize } = log;
    partitions.push({ partitionIndex, partitionSize, offsetLag, isFutureKey });
    topics.set(log.topic, partitions);
  };
  for (const log of directory.logs) add(log, false);
  for (const log of directory.futureLogs) add(log, true);
  const { totalBytes, freeBytes } = directory.context.disk.space(logDir);
  return {
    errorCode: errors.NONE.code,
    logDir,
    topics: [...topics].map(([name, partitions]) => ({ name, partitions })),
    totalBytes,
    usableBytes: freeBytes,
    isCordoned: broker.hosting.isCordoned(logDir),
  };
}

function lagOf(log: Log, isFuture: boolean, { partitions }: BrokerServices): number {
  const inUse = partitions.get(log.topic, log.partition)?.log;
  if (inUse === undefined) return UNKNOWN_LAG;
  if (isFuture) return inUse.logEndOffset - log.logEndOffset;
  return Math.max(0, inUse.highWatermark - log.logEndOffset);
}
