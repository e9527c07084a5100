import { errors, type RequestOf, type ResponseOf, type ResponseOutput } from '@tidelog/protocol';
import { coordinatorPassages, findCoordinator, listGroups } from './coordinator-passages.ts';
import type { FrontNode } from './front-node.ts';
import { fetch, listOffsets, offsetForLeaderEpoch, produce } from './partition-passages.ts';
import type { Passage, PassageOf } from './passage.ts';
import { shareAcknowledge, shareFetch } from './share-passages.ts';

const { LEADER_NOT_AVAILABLE, NONE } = errors;

/** The nodes, and the leaders as this node sees them. */
function metadata(node: FrontNode, request: RequestOf<'Metadata'>): Passage {
  return {
    request,
    answer: (response): ResponseOf<'Metadata'> => {
      const answer = response as ResponseOutput<'Metadata'>;
      for (const { name, topicId } of answer.topics) {
        if (name !== null) node.cluster.topicNames.set(topicId, name);
      }
      const nodes = node.nodesSeen();
      const ids = nodes.map(({ nodeId }) => nodeId);
      return {
        ...answer,
        brokers: nodes,
        controllerId: ids[0]!,
        topics: answer.topics.map((topic) => ({
          ...topic,
          partitions: topic.partitions.map((partition) => {
            const { partitionIndex } = partition;
            const leader = node.leaderSeen(topic.name ?? '', partitionIndex);
            const replicas = node.cluster.kind.replicated ? ids : [leader.leaderId];
            const isLed = ids.includes(leader.leaderId);
            return {
              partitionIndex,
              errorCode: isLed ? NONE.code : LEADER_NOT_AVAILABLE.code,
              leaderId: isLed ? leader.leaderId : -1,
              leaderEpoch: leader.leaderEpoch,
              replicaNodes: replicas,
              isrNodes: replicas,
            };
          }),
        })),
      };
    },
  };
}

function describeCluster(node: FrontNode, request: RequestOf<'DescribeCluster'>): Passage {
  return {
    request,
    answer: (response): ResponseOf<'DescribeCluster'> => {
      const brokers = node.nodesSeen().map(({ nodeId, ...endpoint }) => {
        return { brokerId: nodeId, ...endpoint };
      });
      const answer = response as ResponseOutput<'DescribeCluster'>;
      return { ...answer, controllerId: brokers[0]!.brokerId, brokers };
    },
  };
}

/** What becomes of requests at a node; all others go to the broker and back as they are. */
export const passages: ReadonlyMap<string, PassageOf> = new Map<string, PassageOf>([
  ['Produce', produce],
  ['Fetch', fetch],
  ['ListOffsets', listOffsets],
  ['OffsetForLeaderEpoch', offsetForLeaderEpoch],
  ['Metadata', metadata],
  ['DescribeCluster', describeCluster],
  ['FindCoordinator', findCoordinator],
  ['ListGroups', listGroups],
  ['ShareFetch', shareFetch],
  ['ShareAcknowledge', shareAcknowledge],
  ...coordinatorPassages,
]);
