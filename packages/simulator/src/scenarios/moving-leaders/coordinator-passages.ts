import { errors, type RequestOf, type ResponseOf, type ResponseOutput } from '@tidelog/protocol';
import type { FrontNode } from './front-node.ts';
import type { Passage, PassageOf } from './passage.ts';
import type { CoordinatorKind } from './placement.ts';

const { COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR } = errors;
const KINDS: readonly CoordinatorKind[] = ['group', 'transaction'];

/** Why a node does not answer for a group or a transactional id; null if it does. */
function coordinates(node: FrontNode, kind: CoordinatorKind, key: string): number | null {
  const { placement, nowMs } = node.cluster;
  const { nodeId, readyAtMs } = placement.coordinatorOf(kind, key);
  if (nodeId !== node.id) return NOT_COORDINATOR.code;
  return readyAtMs > nowMs ? COORDINATOR_LOAD_IN_PROGRESS.code : null;
}

/** Passes on what the node coordinates; keys and the refusal are found in the request. */
function coordinated<R>(
  kind: CoordinatorKind,
  keysOf: (request: R) => readonly (string | null)[],
  refusal: (request: R, errorCode: number) => unknown,
): PassageOf {
  const passage = (node: FrontNode, request: R): Passage => {
    const refused = (): unknown => {
      for (const key of keysOf(request)) {
        const code = key === null ? null : coordinates(node, kind, key);
        if (code !== null) return refusal(request, code);
      }
      return null;
    };
    const refusedNow = refused();
    if (refusedNow !== null) return { request: null, answer: () => refusedNow };
    return { request, answer: (response) => response, moved: refused };
  };
  return passage;
}

const groupOf = ({ groupId }: { groupId: string }): string[] => [groupId];
const transactionOf = (request: { transactionalId: string | null }): (string | null)[] => [
  request.transactionalId,
];
const whole = (_request: unknown, errorCode: number): unknown => ({ errorCode });

type Commit = RequestOf<'OffsetCommit'> | RequestOf<'TxnOffsetCommit'>;

function refusedCommit({ topics }: Commit, errorCode: number): unknown {
  return {
    topics: topics.map((topic) => ({
      ...topic,
      partitions: topic.partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  };
}

const offsetFetch = coordinated<RequestOf<'OffsetFetch'>>(
  'group',
  ({ groupId, groups }) => [...(groupId ? [groupId] : []), ...groups.map((group) => group.groupId)],
  ({ groups }, errorCode) => ({
    errorCode,
    groups: groups.map(({ groupId }) => ({ groupId, topics: [], errorCode })),
  }),
);

const joinGroup = coordinated<RequestOf<'JoinGroup'>>(
  'group',
  groupOf,
  ({ memberId }, errorCode) => ({ errorCode, memberId, protocolName: '' }),
);

const addPartitionsToTxn = coordinated<RequestOf<'AddPartitionsToTxn'>>(
  'transaction',
  (request) => [request.v3AndBelowTransactionalId],
  ({ v3AndBelowTopics }, partitionErrorCode) => ({
    resultsByTopicV3AndBelow: v3AndBelowTopics.map(({ name, partitions }) => ({
      name,
      resultsByPartition: partitions.map((partitionIndex) => {
        return { partitionIndex, partitionErrorCode };
      }),
    })),
  }),
);

const describe = coordinated<RequestOf<'ConsumerGroupDescribe'>>(
  'group',
  ({ groupIds }) => groupIds,
  ({ groupIds }, errorCode) => ({
    groups: groupIds.map((groupId) => ({ groupId, errorCode })),
  }),
);

const describeGroups = coordinated<RequestOf<'DescribeGroups'>>(
  'group',
  ({ groups }) => groups,
  ({ groups }, errorCode) => ({ groups: groups.map((groupId) => ({ groupId, errorCode })) }),
);

const shareGroupOffsets = coordinated<RequestOf<'DescribeShareGroupOffsets'>>(
  'group',
  ({ groups }) => groups.map(({ groupId }) => groupId),
  ({ groups }, errorCode) => ({
    groups: groups.map(({ groupId }) => ({ groupId, topics: [], errorCode })),
  }),
);

/** Requests that only the coordinator answers. */
export const coordinatorPassages: ReadonlyMap<string, PassageOf> = new Map([
  ['OffsetCommit', coordinated('group', groupOf, refusedCommit)],
  ['TxnOffsetCommit', coordinated('group', groupOf, refusedCommit)],
  ['OffsetFetch', offsetFetch],
  ['JoinGroup', joinGroup],
  ...['SyncGroup', 'Heartbeat', 'LeaveGroup', 'ConsumerGroupHeartbeat', 'ShareGroupHeartbeat'].map(
    (name) => [name, coordinated('group', groupOf, whole)] as const,
  ),
  ['DescribeGroups', describeGroups],
  ['ConsumerGroupDescribe', describe],
  ['ShareGroupDescribe', describe],
  ['DescribeShareGroupOffsets', shareGroupOffsets],
  ['AddPartitionsToTxn', addPartitionsToTxn],
  ...['InitProducerId', 'AddOffsetsToTxn', 'EndTxn'].map(
    (name) => [name, coordinated('transaction', transactionOf, whole)] as const,
  ),
]);

/** Answered by any node, as it sees the cluster. */
export function findCoordinator(node: FrontNode, request: RequestOf<'FindCoordinator'>): Passage {
  const kind = KINDS[request.keyType];
  const found = (key: string, errorCode: number) => {
    const endpoint = kind === undefined ? undefined : node.coordinatorSeen(kind, key);
    if (endpoint !== undefined && errorCode === 0) return { ...endpoint, errorCode };
    const code = errorCode || COORDINATOR_NOT_AVAILABLE.code;
    return { nodeId: -1, host: '', port: -1, errorCode: code };
  };
  return {
    request,
    answer: (response): ResponseOf<'FindCoordinator'> => {
      const answer = response as ResponseOutput<'FindCoordinator'>;
      return {
        ...answer,
        ...found(request.key, answer.errorCode),
        coordinators: answer.coordinators.map(({ key, errorCode }) => {
          return { key, ...found(key, errorCode) };
        }),
      };
    },
  };
}

/** Each node lists the groups that it coordinates. */
export function listGroups(node: FrontNode, request: RequestOf<'ListGroups'>): Passage {
  return {
    request,
    answer: (response): ResponseOf<'ListGroups'> => {
      const answer = response as ResponseOutput<'ListGroups'>;
      const groups = answer.groups.filter(
        ({ groupId }) => coordinates(node, 'group', groupId) === null,
      );
      return { ...answer, groups };
    },
  };
}
