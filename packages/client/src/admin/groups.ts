import { errors, type ApiName, type RequestInput, type ResponseOutput } from '@tidelog/protocol';
import { brokerError } from '../client-error.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { type CommittedOffset, fetchOffsets } from '../consumer/group/group-offsets.ts';
import { decodeAssignment } from '../consumer/group/group-protocol.ts';
import { Coordinator } from '../cluster/coordinator.ts';
import { comparePartitions, type TopicPartition } from '../topic-partition.ts';

export interface GroupListing {
  readonly groupId: string;
  readonly protocolType: string;
  /** `Stable`, `Empty`, ...; empty where the broker does not tell (before Kafka 2.6). */
  readonly state: string;
  /** `Classic`, `Consumer`, ...; empty where the broker does not tell (before Kafka 3.8). */
  readonly type: string;
}

export interface MemberDescription {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly host: string;
  readonly assignment: readonly TopicPartition[];
}

export interface GroupDescription {
  readonly groupId: string;
  readonly state: string;
  readonly protocolType: string;
  /** The assignor that the members agreed on. */
  readonly assignor: string;
  readonly members: readonly MemberDescription[];
}

/** Each broker lists the groups that it coordinates. */
export async function listGroups(cluster: Cluster): Promise<GroupListing[]> {
  await cluster.refresh([]);
  const responses = await Promise.all(
    cluster.metadata
      .brokers()
      .map(({ id }) =>
        cluster.send({ node: id }, 'ListGroups', { statesFilter: [], typesFilter: [] }),
      ),
  );
  return responses
    .flatMap((response) => {
      check(response.errorCode, 'groups');
      return response.groups.map(({ groupId, protocolType, groupState, groupType }) => ({
        groupId,
        protocolType,
        state: groupState,
        type: groupType,
      }));
    })
    .sort((a, b) => (a.groupId < b.groupId ? -1 : 1));
}

export async function describeGroups(
  cluster: Cluster,
  groupIds: readonly string[],
): Promise<GroupDescription[]> {
  return Promise.all(groupIds.map((groupId) => describeGroup(cluster, groupId)));
}

async function describeGroup(cluster: Cluster, groupId: string): Promise<GroupDescription> {
  const response = await toCoordinator(cluster, groupId, 'DescribeGroups', { groups: [groupId] });
  const [group] = response.groups;
  check(
    group?.errorCode ?? errors.GROUP_ID_NOT_FOUND.code,
    `group ${groupId}`,
    group?.errorMessage,
  );
  return {
    groupId,
    state: group!.groupState,
    protocolType: group!.protocolType,
    assignor: group!.protocolData,
    members: group!.members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      host: member.clientHost,
      assignment:
        group!.protocolType === 'consumer' ? (decodeAssignment(member.memberAssignment) ?? []) : [],
    })),
  };
}

/** Sorted by topic and partition. */
export async function listGroupOffsets(
  cluster: Cluster,
  groupId: string,
): Promise<CommittedOffset[]> {
  const coordinator = new Coordinator(cluster, groupId, 'groups');
  const found = await fetchOffsets(coordinator, groupId, null);
  return [...found.values()].sort(comparePartitions);
}

export async function deleteGroups(cluster: Cluster, groupIds: readonly string[]): Promise<void> {
  await Promise.all(
    groupIds.map(async (groupId) => {
      const request = { groupsNames: [groupId] };
      const { results } = await toCoordinator(cluster, groupId, 'DeleteGroups', request);
      for (const { errorCode } of results) check(errorCode, `group ${groupId}`);
    }),
  );
}

function toCoordinator<Name extends ApiName>(
  cluster: Cluster,
  groupId: string,
  name: Name,
  request: RequestInput<Name>,
): Promise<ResponseOutput<Name>> {
  return new Coordinator(cluster, groupId, 'groups').send(name, request);
}

function check(errorCode: number, subject: string, message: string | null = null): void {
  if (errorCode !== errors.NONE.code) throw brokerError(errorCode, subject, message);
}
