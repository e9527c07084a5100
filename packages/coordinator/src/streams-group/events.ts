import type { StreamsGroupEvent } from './records.ts';
import type { StreamsGroup } from './streams-group.ts';
import { memberStateCodes, type Ownership, type Profile } from './streams-member.ts';
import {
  type HeldTasks,
  listTasks,
  type TargetTasks,
  type TaskEpochs,
  type Tasks,
} from './tasks.ts';
import type { Topology } from './topology.ts';

/** The records of streams groups, as Apache Kafka 4.3 writes them. */

export interface GroupEpoch {
  readonly groupEpoch: number;
  readonly metadataHash: bigint;
  readonly validatedTopologyEpoch: number;
  readonly assignmentConfigs: ReadonlyMap<string, string>;
}

export function groupEpochIs(groupId: string, group: GroupEpoch): StreamsGroupEvent {
  return {
    kind: 'StreamsGroupMetadata',
    key: { groupId },
    value: {
      epoch: group.groupEpoch,
      metadataHash: group.metadataHash,
      validatedTopologyEpoch: group.validatedTopologyEpoch,
      lastAssignmentConfigs: [...group.assignmentConfigs].map(([key, value]) => ({ key, value })),
    },
  };
}

export function memberIs(groupId: string, memberId: string, profile: Profile): StreamsGroupEvent {
  const clientTags = profile.clientTags.map(({ key, value }) => ({ key, value }));
  return {
    kind: 'StreamsGroupMemberMetadata',
    key: { groupId, memberId },
    value: { ...profile, clientTags },
  };
}

export function topologyIs(groupId: string, value: Topology): StreamsGroupEvent {
  return { kind: 'StreamsGroupTopology', key: { groupId }, value };
}

export function memberShallHave(
  groupId: string,
  memberId: string,
  { active, standby, warmup }: TargetTasks,
): StreamsGroupEvent {
  return {
    kind: 'StreamsGroupTargetAssignmentMember',
    key: { groupId, memberId },
    value: {
      activeTasks: listTasks(active),
      standbyTasks: listTasks(standby),
      warmupTasks: listTasks(warmup),
    },
  };
}

export function assignmentEpochIs(
  groupId: string,
  assignmentEpoch: number,
  assignmentTimestamp: number,
): StreamsGroupEvent {
  return {
    kind: 'StreamsGroupTargetAssignmentMetadata',
    key: { groupId },
    value: { assignmentEpoch, assignmentTimestamp },
  };
}

export function memberHas(
  groupId: string,
  memberId: string,
  ownership: Ownership,
): StreamsGroupEvent {
  const { memberEpoch, previousMemberEpoch, state, assigned, revoking } = ownership;
  const has = listHeld(assigned);
  const givesUp = listHeld(revoking);
  return {
    kind: 'StreamsGroupCurrentMemberAssignment',
    key: { groupId, memberId },
    value: {
      memberEpoch,
      previousMemberEpoch,
      state: memberStateCodes[state],
      activeTasks: has.active,
      standbyTasks: has.standby,
      warmupTasks: has.warmup,
      activeTasksPendingRevocation: givesUp.active,
      standbyTasksPendingRevocation: givesUp.standby,
      warmupTasksPendingRevocation: givesUp.warmup,
    },
  };
}

export function memberGoes(groupId: string, memberId: string): StreamsGroupEvent[] {
  const key = { groupId, memberId };
  return [
    { kind: 'StreamsGroupCurrentMemberAssignment', key, value: null },
    { kind: 'StreamsGroupTargetAssignmentMember', key, value: null },
    { kind: 'StreamsGroupMemberMetadata', key, value: null },
  ];
}

/** Tombstones of all records, in Apache Kafka's order. */
export function deleteGroup({ groupId, members }: StreamsGroup): StreamsGroupEvent[] {
  const key = { groupId };
  const each = (kind: (typeof memberKinds)[number]): StreamsGroupEvent[] =>
    [...members.keys()].map((memberId) => ({ kind, key: { groupId, memberId }, value: null }));
  const [current, target, metadata] = memberKinds.map(each);
  return [
    ...current!,
    ...target!,
    { kind: 'StreamsGroupTargetAssignmentMetadata', key, value: null },
    ...metadata!,
    { kind: 'StreamsGroupMetadata', key, value: null },
    { kind: 'StreamsGroupTopology', key, value: null },
  ];
}

const memberKinds = [
  'StreamsGroupCurrentMemberAssignment',
  'StreamsGroupTargetAssignmentMember',
  'StreamsGroupMemberMetadata',
] as const satisfies readonly StreamsGroupEvent['kind'][];

function listHeld({ active, standby, warmup }: HeldTasks) {
  return {
    active: withEpochs(active),
    standby: withoutEpochs(standby),
    warmup: withoutEpochs(warmup),
  };
}

function withEpochs(tasks: TaskEpochs) {
  return listTasks(tasks).map(({ subtopologyId, partitions }) => ({
    subtopologyId,
    partitions,
    assignmentEpochs: partitions.map((partition) => tasks.get(subtopologyId)!.get(partition)!),
  }));
}

const withoutEpochs = (tasks: Tasks) =>
  listTasks(tasks).map((list) => ({ ...list, assignmentEpochs: [] }));
