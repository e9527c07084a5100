import type { RequestContext } from '@tidelog/network';
import { errors, type KafkaError, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import type { Partition } from '../partition/partition.ts';
import type { BrokerServices } from '../services.ts';
import type { Handler } from './handler.ts';

type Request = RequestOf<'ListOffsets'>;
type Question = Request['topics'][number]['partitions'][number];
type Answer = ResponseOf<'ListOffsets'>['topics'][number]['partitions'][number];
interface Found {
  readonly timestamp: number;
  readonly offset: number;
  readonly leaderEpoch: number;
}

const LATEST = -1;
const EARLIEST = -2;
const MAX_TIMESTAMP = -3;
const EARLIEST_LOCAL = -4;
const LATEST_TIERED = -5;
const EARLIEST_PENDING_UPLOAD = -6;

/** The first version that knows a special timestamp. */
const specialSince = new Map([
  [MAX_TIMESTAMP, 7],
  [EARLIEST_LOCAL, 8],
  [LATEST_TIERED, 9],
  [EARLIEST_PENDING_UPLOAD, 11],
]);

const CONSUMER = -1;
const DEBUGGING_CONSUMER = -2;
const READ_COMMITTED = 1;
/** There is no such offset, or, as without tiered storage, no such place. */
const nothing: Found = { timestamp: -1, offset: -1, leaderEpoch: -1 };

/**
 * Versions 1 to 11. The latest offset is the high watermark, for read_committed the last stable offset; for
 * a replica or the debugging consumer the log's end. A timestamp gives the first record at least as
 * new. Tiered storage is not there: its offsets are -1. A partition named twice is INVALID_REQUEST.
 */
export const listOffsets: Handler<'ListOffsets'> = (request, context, broker) => {
  const twice = repeated(request);
  return {
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((question) =>
        twice.has(`${name}-${question.partitionIndex}`)
          ? refuse(question, errors.INVALID_REQUEST)
          : answer(name, question, { request, context, broker }),
      ),
    })),
  };
};

function repeated({ topics }: Request): Set<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { name, partitions } of topics) {
    for (const { partitionIndex } of partitions) {
      const key = `${name}-${partitionIndex}`;
      if (seen.has(key)) twice.add(key);
      seen.add(key);
    }
  }
  return twice;
}

function answer(
  topic: string,
  question: Question,
  {
    request,
    context,
    broker,
  }: { request: Request; context: RequestContext; broker: BrokerServices },
): Answer {
  const { timestamp, currentLeaderEpoch, partitionIndex } = question;
  const version = context.apiVersion;
  const unsupported =
    timestamp < EARLIEST && version < (specialSince.get(timestamp) ?? Number.POSITIVE_INFINITY);
  if (unsupported) return refuse(question, errors.UNSUPPORTED_VERSION);
  const partition = broker.partitions.find(topic, partitionIndex);
  if ('code' in partition) return refuse(question, partition);
  const error = partition.checkLeader(currentLeaderEpoch);
  const mayFollow =
    request.replicaId === DEBUGGING_CONSUMER && error === errors.NOT_LEADER_OR_FOLLOWER;
  if (error !== errors.NONE && !mayFollow) return refuse(question, error);
  const found = find(partition, timestamp, lastFetchable(partition, request));
  if (found === null) {
    // Only version 5 and newer clients know what to do with OFFSET_NOT_AVAILABLE.
    const wait = version >= 5 ? errors.OFFSET_NOT_AVAILABLE : errors.LEADER_NOT_AVAILABLE;
    return refuse(question, wait);
  }
  return { partitionIndex, errorCode: errors.NONE.code, ...found };
}

/** Null: the answer is not known before the high watermark has caught up. */
function find(partition: Partition, timestamp: number, end: number): Found | null {
  const { log } = partition;
  switch (timestamp) {
    case LATEST:
      if (partition.isCatchingUp) return null;
      return { timestamp: -1, offset: end, leaderEpoch: partition.leaderEpoch };
    case EARLIEST:
    case EARLIEST_LOCAL:
      return log.earliestOffset();
    case LATEST_TIERED:
    case EARLIEST_PENDING_UPLOAD:
      return nothing;
    default: {
      const found =
        timestamp === MAX_TIMESTAMP ? log.maxTimestampOffset() : log.offsetByTimestamp(timestamp);
      if (found === null || found.offset >= end) return partition.isCatchingUp ? null : nothing;
      return found;
    }
  }
}

function lastFetchable({ log }: Partition, { replicaId, isolationLevel }: Request): number {
  if (replicaId !== CONSUMER) return log.logEndOffset;
  return isolationLevel === READ_COMMITTED ? log.lastStableOffset : log.highWatermark;
}

function refuse({ partitionIndex }: Question, error: KafkaError): Answer {
  return { partitionIndex, errorCode: error.code, timestamp: -1, offset: -1 };
}
