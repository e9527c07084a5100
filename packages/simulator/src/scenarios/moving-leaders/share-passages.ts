import type { RequestOf, ResponseOf, ResponseOutput } from '@tidelog/protocol';
import type { FrontNode } from './front-node.ts';
import { endpointsOf, type Passage, type Refusal, refuse, topicName } from './passage.ts';
import { shareKey, type SharePartition } from './share-sessions.ts';

type Topics = RequestOf<'ShareAcknowledge'>['topics'];
type FetchedPartition = ResponseOf<'ShareFetch'>['responses'][number]['partitions'][number];

interface Acknowledged extends SharePartition {
  readonly acknowledgementBatches: Topics[number]['partitions'][number]['acknowledgementBatches'];
}

interface Refused extends SharePartition {
  readonly refusal: Refusal;
}

const FINAL_EPOCH = -1;
const NO_RECORDS = Buffer.alloc(0);

/** Acquires where the node leads. Records of a partition that moves come again when their locks end. */
export function shareFetch(node: FrontNode, request: RequestOf<'ShareFetch'>): Passage {
  const isFinal = request.shareSessionEpoch === FINAL_EPOCH;
  const session = node.shareSessions.open(request);
  const asked = isFinal ? [] : [...session.asked.values()];
  const refused = refusalsOf(node, asked);
  const { passed, lost } = acknowledgements(node, request.topics);
  const led = new Map(
    asked
      .map((partition) => [shareKey(partition.topicId, partition.index), partition] as const)
      .filter(([key]) => !refused.has(key)),
  );
  const { passedOn } = session;
  const named = new Map<string, Acknowledged>(passed);
  for (const [key, partition] of led) {
    if (!passedOn.has(key) && !named.has(key)) {
      named.set(key, { ...partition, acknowledgementBatches: [] });
    }
  }
  const forgotten = [...passedOn].filter(([key]) => !led.has(key));
  session.passedOn = led;
  return {
    request: {
      ...request,
      memberId: memberAt(node, request.memberId),
      ...(refused.size > 0 ? { maxWaitMs: 0 } : {}),
      topics: topicsOf(named.values()),
      forgottenTopicsData: isFinal
        ? []
        : forgotten.map(([, { topicId, index }]) => ({ topicId, partitions: [index] })),
    },
    answer: (response): ResponseOf<'ShareFetch'> =>
      shareFetched(node, response as ResponseOutput<'ShareFetch'>, {
        // It may have moved while the broker waited for records.
        refused: new Map([...refused, ...refusalsOf(node, asked)]),
        lost,
      }),
  };
}

function shareFetched(
  node: FrontNode,
  found: ResponseOutput<'ShareFetch'>,
  { refused, lost }: Record<'refused' | 'lost', ReadonlyMap<string, Refused>>,
): ResponseOf<'ShareFetch'> {
  if (found.errorCode !== 0) return found;
  const answers = new Map<string, { topicId: string; answer: FetchedPartition }>();
  for (const { topicId, partitions } of found.responses) {
    for (const answer of partitions) {
      answers.set(shareKey(topicId, answer.partitionIndex), { topicId, answer });
    }
  }
  const put = ([key, partition]: readonly [string, Refused], more: object): void => {
    const { topicId, index } = partition;
    const answer = { ...(answers.get(key)?.answer ?? nothing(index)), ...more };
    answers.set(key, { topicId, answer });
  };
  for (const entry of refused) {
    put(entry, { ...entry[1].refusal, acquiredRecords: [], records: NO_RECORDS });
  }
  for (const entry of lost) put(entry, { acknowledgeErrorCode: entry[1].refusal.errorCode });
  return {
    ...found,
    responses: Array.from(answers.values(), ({ topicId, answer }) => {
      return { topicId, partitions: [answer] };
    }),
    nodeEndpoints: endpointsOf(
      node,
      Array.from(refused.values(), ({ refusal }) => refusal),
    ),
  };
}

export function shareAcknowledge(node: FrontNode, request: RequestOf<'ShareAcknowledge'>): Passage {
  type Answer = ResponseOf<'ShareAcknowledge'>;
  const { passed, lost } = acknowledgements(node, request.topics);
  return {
    request: {
      ...request,
      memberId: memberAt(node, request.memberId),
      topics: topicsOf(passed.values()),
    },
    answer: (response): Answer => {
      const found = response as ResponseOutput<'ShareAcknowledge'>;
      if (found.errorCode !== 0) return found;
      const refused = [...lost.values()];
      return {
        ...found,
        responses: [
          ...found.responses,
          ...refused.map(({ topicId, index, refusal }) => ({
            topicId,
            partitions: [{ partitionIndex: index, ...refusal }],
          })),
        ],
        nodeEndpoints: endpointsOf(
          node,
          refused.map(({ refusal }) => refusal),
        ),
      };
    },
  };
}

/**
 * A member has a session with each node, and so it is another member to the broker at each of them.
 */
function memberAt(node: FrontNode, memberId: string | null): string {
  return `${node.id}${(memberId ?? '').slice(1)}`;
}

/** What the broker gets of acknowledgements, and what is lost because another node leads. */
function acknowledgements(
  node: FrontNode,
  topics: Topics,
): { passed: Map<string, Acknowledged>; lost: Map<string, Refused> } {
  const all = topics.flatMap(({ topicId, partitions }) =>
    partitions
      .filter(({ acknowledgementBatches }) => acknowledgementBatches.length > 0)
      .map(({ partitionIndex: index, acknowledgementBatches }): Acknowledged => {
        return { topicId, index, acknowledgementBatches };
      }),
  );
  const lost = refusalsOf(node, all);
  const passed = new Map<string, Acknowledged>();
  for (const each of all) {
    const key = shareKey(each.topicId, each.index);
    if (!lost.has(key)) passed.set(key, each);
  }
  return { passed, lost };
}

function refusalsOf(node: FrontNode, partitions: Iterable<SharePartition>): Map<string, Refused> {
  const refused = new Map<string, Refused>();
  for (const { topicId, index } of partitions) {
    const refusal = refuse(node, topicName(node, { topicId }), index);
    if (refusal !== null) refused.set(shareKey(topicId, index), { topicId, index, refusal });
  }
  return refused;
}

function topicsOf(partitions: Iterable<Acknowledged>): Topics {
  return Array.from(partitions, ({ topicId, index, acknowledgementBatches }) => ({
    topicId,
    partitions: [{ partitionIndex: index, acknowledgementBatches }],
  }));
}

function nothing(partitionIndex: number): FetchedPartition {
  return {
    partitionIndex,
    errorCode: 0,
    acknowledgeErrorCode: 0,
    currentLeader: { leaderId: -1, leaderEpoch: -1 },
    records: NO_RECORDS,
    acquiredRecords: [],
  };
}
