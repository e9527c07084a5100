import { errors, type RequestOf, type ResponseOf, type ResponseOutput } from '@tidelog/protocol';
import type { FrontNode } from './front-node.ts';
import { endpointsOf, type Passage, type Refusal, refuse, topicName } from './passage.ts';

const { OFFSET_OUT_OF_RANGE } = errors;
const OUT_OF_RANGE_ODDS = 8;

/** Splits topics into what the node answers for, and the partitions that it refuses. */
function split<T extends { readonly [K in P]: readonly unknown[] }, P extends string>(
  topics: readonly T[],
  key: P,
  refusalOf: (topic: T, partition: T[P][number]) => Refusal | null,
): { passed: T[]; refused: { topic: T; partition: T[P][number]; refusal: Refusal }[] } {
  const refused: { topic: T; partition: T[P][number]; refusal: Refusal }[] = [];
  const passed = topics.map((topic) => {
    const partitions = topic[key].filter((partition) => {
      const refusal = refusalOf(topic, partition);
      if (refusal !== null) refused.push({ topic, partition, refusal });
      return refusal === null;
    });
    return { ...topic, [key]: partitions };
  });
  return { passed: passed.filter((topic) => topic[key].length > 0), refused };
}

interface Refused {
  readonly topic: { readonly name: string; readonly topicId: string };
  readonly partition: { readonly index: number };
  readonly refusal: Refusal;
}

/** Records are appended where the node leads; when it leads no more by the answer, the client isn't told. */
export function produce(node: FrontNode, request: RequestOf<'Produce'>): Passage {
  type Answer = ResponseOf<'Produce'>;
  const leads = (topic: { name: string; topicId: string }, { index }: { index: number }) =>
    refuse(node, topicName(node, topic), index);
  const { passed, refused } = split(request.topicData, 'partitionData', leads);
  return {
    request: passed.length === 0 ? null : { ...request, topicData: passed },
    answer: (response): Answer => {
      const { responses = [], ...rest } = (response ?? {}) as Partial<ResponseOutput<'Produce'>>;
      const after = split(responses, 'partitionResponses', leads);
      const all: Refused[] = [...refused, ...after.refused];
      const { formerLeaderAcks } = node.cluster.kind;
      return {
        ...rest,
        responses: [
          ...after.passed,
          ...all.map(({ topic: { name, topicId }, partition: { index }, refusal }) => ({
            name,
            topicId,
            partitionResponses: [
              {
                index,
                errorCode: formerLeaderAcks ? 0 : refusal.errorCode,
                baseOffset: formerLeaderAcks ? 0 : -1,
                currentLeader: refusal.currentLeader,
              },
            ],
          })),
        ],
        nodeEndpoints: endpointsOf(
          node,
          all.map(({ refusal }) => refusal),
        ),
      };
    },
  };
}

/** A consumer may read from any replica, and is sent to one nearby (KIP-392). */
export function fetch(node: FrontNode, request: RequestOf<'Fetch'>): Passage {
  type Answer = ResponseOf<'Fetch'>;
  const opened = node.fetchSessions.open(request);
  if ('errorCode' in opened) {
    const { errorCode } = opened;
    return { request: null, answer: (): Answer => ({ errorCode, responses: [] }) };
  }
  const topics = opened.partitions.map(({ topic, partition }) => ({
    ...topic,
    partitions: [partition],
  }));
  const { passed, refused } = split(topics, 'partitions', (topic, partition) => {
    const knownEpoch = partition.currentLeaderEpoch;
    const name = topicName(node, topic);
    const refusal = refuse(node, name, partition.partition, { knownEpoch, followers: true });
    return refusal ?? behind(node, name, partition.partition);
  });
  const refusals = refused.map(({ refusal }) => refusal);
  const isAtOnce = refused.length > 0;
  return {
    request: {
      ...request,
      ...(isAtOnce ? { maxWaitMs: 0, minBytes: 0 } : {}),
      sessionId: 0,
      sessionEpoch: -1,
      topics: passed.map((topic) => ({
        ...topic,
        partitions: topic.partitions.map((partition) => ({ ...partition, currentLeaderEpoch: -1 })),
      })),
      forgottenTopicsData: [],
      rackId: '',
    },
    answer: (response): Answer => {
      const found = response as ResponseOutput<'Fetch'>;
      return {
        ...found,
        sessionId: opened.sessionId,
        responses: [
          ...found.responses.map((topic) => ({
            ...topic,
            partitions: topic.partitions.map((partition) => {
              const { partitionIndex } = partition;
              const preferred = nearby(node, topicName(node, topic), {
                partitionIndex,
                rackId: request.rackId,
              });
              if (preferred === null) return partition;
              return { ...partition, preferredReadReplica: preferred, records: NO_RECORDS };
            }),
          })),
          ...refused.map(({ topic: { topic, topicId }, partition, refusal }) => ({
            topic,
            topicId,
            partitions: [
              {
                partitionIndex: partition.partition,
                errorCode: refusal.errorCode,
                highWatermark: -1,
                currentLeader: refusal.currentLeader,
                abortedTransactions: null,
                records: NO_RECORDS,
              },
            ],
          })),
        ],
        nodeEndpoints: endpointsOf(node, refusals),
      };
    },
  };
}

const NO_RECORDS = Buffer.alloc(0);

/** Now and then a follower does not have yet what the leader has. */
function behind(node: FrontNode, topic: string, partition: number): Refusal | null {
  const { placement, random } = node.cluster;
  const { leaderId } = placement.leaderOf(topic, partition);
  if (leaderId === node.id || !random.oneIn(OUT_OF_RANGE_ODDS)) return null;
  const currentLeader = { leaderId: -1, leaderEpoch: -1 };
  return { errorCode: OFFSET_OUT_OF_RANGE.code, currentLeader };
}

/** Another replica in the consumer's rack, which only the leader names. */
function nearby(
  node: FrontNode,
  topic: string,
  { partitionIndex, rackId }: { partitionIndex: number; rackId: string },
): number | null {
  const { placement } = node.cluster;
  if (placement.leaderOf(topic, partitionIndex).leaderId !== node.id) return null;
  const near = placement.nodes().find(({ rack }) => rack === rackId);
  return near === undefined || near.nodeId === node.id ? null : near.nodeId;
}

export function listOffsets(node: FrontNode, request: RequestOf<'ListOffsets'>): Passage {
  type Answer = ResponseOf<'ListOffsets'>;
  const { passed, refused } = split(request.topics, 'partitions', ({ name }, partition) =>
    refuse(node, name, partition.partitionIndex, { knownEpoch: partition.currentLeaderEpoch }),
  );
  const topics = passed.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((partition) => ({ ...partition, currentLeaderEpoch: -1 })),
  }));
  return {
    request: topics.length === 0 ? null : { ...request, topics },
    answer: (response): Answer => ({
      topics: [
        ...((response as ResponseOutput<'ListOffsets'> | null)?.topics ?? []),
        ...refused.map(({ topic: { name }, partition: { partitionIndex }, refusal }) => ({
          name,
          partitions: [{ partitionIndex, errorCode: refusal.errorCode }],
        })),
      ],
    }),
  };
}

export function offsetForLeaderEpoch(
  node: FrontNode,
  request: RequestOf<'OffsetForLeaderEpoch'>,
): Passage {
  type Answer = ResponseOf<'OffsetForLeaderEpoch'>;
  const { passed, refused } = split(request.topics, 'partitions', ({ topic }, partition) =>
    refuse(node, topic, partition.partition, { knownEpoch: partition.currentLeaderEpoch }),
  );
  const topics = passed.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map((partition) => ({ ...partition, currentLeaderEpoch: -1 })),
  }));
  return {
    request: topics.length === 0 ? null : { ...request, topics },
    answer: (response): Answer => ({
      topics: [
        ...((response as ResponseOutput<'OffsetForLeaderEpoch'> | null)?.topics ?? []),
        ...refused.map(({ topic: { topic }, partition: { partition }, refusal }) => ({
          topic,
          partitions: [{ partition, errorCode: refusal.errorCode }],
        })),
      ],
    }),
  };
}
