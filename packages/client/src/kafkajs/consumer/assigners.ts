import { type Assignor, type GroupMember, KafkaClientError } from '../../index.ts';
import type { Logger } from '../logging.ts';
import type { PartitionMetadata } from '../types.ts';
import { AssignerProtocol } from './assigner-protocol.ts';

/** What an assigner may ask of the cluster: who leads which partitions of the members' topics. */
export interface AssignerCluster {
  findTopicPartitionMetadata(topic: string): PartitionMetadata[];
}

export interface Assigner {
  readonly name: string;
  readonly version: number;
  assign(group: {
    members: { memberId: string; memberMetadata: Buffer }[];
    topics: string[];
  }): Promise<{ memberId: string; memberAssignment: Buffer }[]>;
  protocol(subscription: { topics: string[] }): { name: string; metadata: Buffer };
}

/** Made once for each consumer. */
export type PartitionAssigner = (config: {
  cluster: AssignerCluster;
  groupId: string;
  logger: Logger;
}) => Assigner;

const { MemberAssignment, MemberMetadata } = AssignerProtocol;

/** All partitions of all topics in turn, to the members in the order of their ids. */
const roundRobin: PartitionAssigner = ({ cluster }) => ({
  name: 'RoundRobinAssigner',
  version: 0,
  assign({ members, topics }) {
    const assigned = members
      .map(({ memberId }) => ({ memberId, topics: new Map<string, number[]>() }))
      .toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1));
    let turn = 0;
    for (const topic of topics) {
      for (const { partitionId } of cluster.findTopicPartitionMetadata(topic)) {
        const own = assigned[turn++ % assigned.length]!.topics;
        own.set(topic, [...(own.get(topic) ?? []), partitionId]);
      }
    }
    return Promise.resolve(
      assigned.map((member) => {
        const assignment = Object.fromEntries(member.topics);
        const memberAssignment = MemberAssignment.encode({ version: 0, assignment });
        return { memberId: member.memberId, memberAssignment };
      }),
    );
  },
  protocol({ topics }) {
    return { name: 'RoundRobinAssigner', metadata: MemberMetadata.encode({ version: 0, topics }) };
  },
});

export const PartitionAssigners = { roundRobin } as const;

/** An assigner of kafkajs's kind as one of ours. It is asked by the group's leader alone. */
export function assignorOf(
  make: PartitionAssigner,
  config: { readonly groupId: string; readonly logger: Logger; readonly topics: () => string[] },
): Assignor {
  let counts: ReadonlyMap<string, number> = new Map();
  const cluster: AssignerCluster = {
    findTopicPartitionMetadata: (topic) =>
      Array.from({ length: counts.get(topic) ?? 0 }, (_, partitionId) => ({
        partitionErrorCode: 0,
        partitionId,
        leader: -1,
        replicas: [],
        isr: [],
      })),
  };
  const assigner = make({ ...config, cluster });
  return {
    name: assigner.name,
    protocol: 'eager',
    userData: () => {
      const { metadata } = assigner.protocol({ topics: config.topics() });
      return MemberMetadata.decode(metadata)?.userData ?? Buffer.alloc(0);
    },
    async assign(members, partitionCounts) {
      counts = partitionCounts;
      const topics = [...new Set(members.flatMap((member) => member.topics))].sort();
      const assigned = await assigner.assign({ members: members.map(asKafkaJSMember), topics });
      return new Map(
        assigned.map(({ memberId, memberAssignment }) => [
          memberId,
          partitionsOf(assigner.name, memberAssignment),
        ]),
      );
    },
  };
}

function asKafkaJSMember({ memberId, topics, userData }: GroupMember) {
  const sent = userData === null ? Buffer.alloc(0) : Buffer.from(userData);
  const subscription = { version: 0, topics: [...topics], userData: sent };
  return { memberId, memberMetadata: MemberMetadata.encode(subscription) };
}

function partitionsOf(name: string, memberAssignment: Buffer) {
  const decoded = MemberAssignment.decode(memberAssignment);
  if (decoded === null) {
    throw new KafkaClientError('INVALID_ARGUMENT', `the assigner ${name} gave no assignment`);
  }
  return Object.entries(decoded.assignment).flatMap(([topic, partitions]) =>
    partitions.map((partition) => ({ topic, partition })),
  );
}
