import type {
  KafkaClientError,
  MemberDescription as CoreMember,
  TopicPartition,
} from '../../index.ts';
import type { Ask } from '../admin.ts';
import { type Assignment, AssignerProtocol } from '../consumer/assigner-protocol.ts';
import {
  type DeleteGroupsResult,
  KafkaJSDeleteGroupsError,
  KafkaJSNonRetriableError,
} from '../errors.ts';
import { protocolErrorOf } from '../failures.ts';
import type { PartitionOffset } from '../types.ts';

export interface GroupOverview {
  readonly groupId: string;
  readonly protocolType: string;
}

export interface MemberDescription {
  readonly clientHost: string;
  readonly clientId: string;
  readonly memberId: string;
  readonly memberAssignment: Buffer;
  readonly memberMetadata: Buffer;
}

export interface GroupDescription {
  readonly errorCode: number;
  readonly groupId: string;
  readonly members: MemberDescription[];
  readonly protocol: string;
  readonly protocolType: string;
  readonly state: string;
}

/** What kafkajs's admin does with groups and their offsets. */
export function groupOperations(ask: Ask) {
  return {
    listGroups: async (): Promise<{ groups: GroupOverview[] }> => {
      const listed = await ask((admin) => admin.listGroups());
      return { groups: listed.map(({ groupId, protocolType }) => ({ groupId, protocolType })) };
    },

    describeGroups: async (groupIds: string[]): Promise<{ groups: GroupDescription[] }> => ({
      groups: await describeGroups(ask, groupIds),
    }),

    deleteGroups: async (groupIds: string[]): Promise<DeleteGroupsResult[]> => {
      const failed = new Map<string, DeleteGroupsResult>();
      await ask((admin) =>
        admin.deleteGroups(groupIds, {
          onFailure: (cause, groupId) => {
            const error = protocolErrorOf(cause);
            failed.set(groupId, { groupId, errorCode: error.code, error });
          },
        }),
      );
      if (failed.size > 0) {
        throw new KafkaJSDeleteGroupsError('Error in DeleteGroups', [...failed.values()]);
      }
      return groupIds.map((groupId) => ({ groupId, errorCode: 0 }));
    },

    /** Of all partitions of these topics, -1 where nothing is committed; or all that is committed. */
    fetchOffsets: async ({
      groupId,
      topics,
    }: {
      groupId: string;
      topics?: string[];
      resolveOffsets?: boolean;
    }) => {
      const committed = await ask((admin) => admin.listGroupOffsets(groupId));
      const names = topics ?? [...new Set(committed.map(({ topic }) => topic))];
      const described = await ask((admin) => admin.describeTopics(names));
      return described.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition }) => {
          const found = committed.find(isAt({ topic, partition }));
          const metadata = found?.metadata || null;
          return { partition, offset: String(found?.offset ?? -1), metadata };
        }),
      }));
    },

    setOffsets: async (options: {
      groupId: string;
      topic: string;
      partitions: PartitionOffset[];
    }): Promise<void> => setOffsets(ask, options),

    /** To the first or the last offset that there is now. */
    resetOffsets: async ({
      groupId,
      topic,
      earliest = false,
    }: {
      groupId: string;
      topic: string;
      earliest?: boolean;
    }): Promise<void> => {
      const [described] = await ask((admin) => admin.describeTopics([topic]));
      const spec = earliest ? ('earliest' as const) : ('latest' as const);
      const queries = described!.partitions.map(({ partition }) => ({ topic, partition, spec }));
      const found = await ask((admin) => admin.listOffsets(queries));
      const partitions = found.map((at) => ({ ...at, offset: String(at.offset) }));
      await setOffsets(ask, { groupId, topic, partitions });
    },
  };
}

/** Groups that do not exist are dead. */
async function describeGroups(ask: Ask, groupIds: string[]): Promise<GroupDescription[]> {
  const failed: KafkaClientError[] = [];
  const described: GroupDescription[] = [];
  const found = await ask((admin) =>
    admin.describeGroups(groupIds, {
      onFailure: (error, groupId) => {
        if (error.code !== 'GROUP_ID_NOT_FOUND') failed.push(error);
        else described.push({ ...unknownGroup, groupId, members: [] });
      },
    }),
  );
  const [failure] = failed;
  if (failure !== undefined) throw protocolErrorOf(failure);
  for (const { groupId, members, assignor, protocolType, state } of found) {
    const about = { groupId, protocol: assignor, protocolType, state };
    described.push({ errorCode: 0, ...about, members: members.map(member) });
  }
  return groupIds.flatMap((id) => described.find(({ groupId }) => groupId === id) ?? []);
}

const unknownGroup = { errorCode: 0, protocol: '', protocolType: '', state: 'Dead' };

async function setOffsets(
  ask: Ask,
  { groupId, topic, partitions }: { groupId: string; topic: string; partitions: PartitionOffset[] },
): Promise<void> {
  const offsets = partitions.map(({ partition, offset }) => ({
    topic,
    partition,
    offset: Number(offset),
  }));
  try {
    await ask((admin) => admin.alterGroupOffsets(groupId, offsets));
  } catch (error) {
    if ((error as { type?: string }).type !== 'UNKNOWN_MEMBER_ID') throw error;
    throw new KafkaJSNonRetriableError('The consumer group must have no running instances', {
      cause: error as Error,
    });
  }
}

const isAt = (wanted: TopicPartition) => (found: TopicPartition) =>
  found.topic === wanted.topic && found.partition === wanted.partition;

function member({ memberId, clientId, host, assignment, subscribedTopics }: CoreMember) {
  const numbers: Assignment = Object.create(null);
  for (const { topic, partition } of assignment) (numbers[topic] ??= []).push(partition);
  const topics = [...subscribedTopics];
  return {
    clientHost: host,
    clientId,
    memberId,
    memberAssignment: AssignerProtocol.MemberAssignment.encode({ version: 0, assignment: numbers }),
    memberMetadata: AssignerProtocol.MemberMetadata.encode({ version: 0, topics }),
  };
}
