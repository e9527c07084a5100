import type { Appliers, GroupTable } from '../group/group-table.ts';
import type { StreamsGroupEvent } from './records.ts';
import { StreamsGroup } from './streams-group.ts';
import { type MemberState, memberStateCodes, noOwnership } from './streams-member.ts';
import { NO_TASKS, type TaskEpochs, tasksFrom } from './tasks.ts';
import { topologyOf } from './topology.ts';

/** What the records of a streams group do. A tombstone of a group that is gone does nothing. */
export const streamsGroupAppliers: Appliers<StreamsGroupEvent> = {
  StreamsGroupMetadata(table, { key, value }) {
    if (value === null) {
      if (table.find(key.groupId, 'streams') !== undefined) table.remove(key.groupId);
      return;
    }
    const group = ensure(table, key.groupId);
    group.groupEpoch = value.epoch;
    group.metadataHash = value.metadataHash;
    group.validatedTopologyEpoch = value.validatedTopologyEpoch;
    const configs = value.lastAssignmentConfigs ?? [];
    group.assignmentConfigs = new Map(configs.map((config) => [config.key, config.value]));
  },

  StreamsGroupMemberMetadata(table, { key, value }) {
    const group = groupOf(table, key.groupId, value);
    if (value !== null) return group!.setMember(key.memberId, { profile: value });
    const gone = group?.removeMember(key.memberId);
    if (gone === undefined) return;
    table.alarms.cancel(gone.session);
    table.alarms.cancel(gone.rebalance);
  },

  StreamsGroupTargetAssignmentMetadata(table, { key, value }) {
    const group = groupOf(table, key.groupId, value);
    if (group === undefined) return;
    group.assignmentEpoch = value?.assignmentEpoch ?? -1;
    group.assignmentTimestampMs = value?.assignmentTimestamp ?? 0;
  },

  StreamsGroupTargetAssignmentMember(table, { key, value }) {
    groupOf(table, key.groupId, value)?.setTarget(
      key.memberId,
      value && {
        active: tasksFrom(value.activeTasks),
        standby: tasksFrom(value.standbyTasks),
        warmup: tasksFrom(value.warmupTasks),
      },
    );
  },

  StreamsGroupCurrentMemberAssignment(table, { key, value }) {
    const group = groupOf(table, key.groupId, value);
    if (value === null) {
      if (!group?.members.has(key.memberId)) return;
      const gone = { ...noOwnership, memberEpoch: -1, previousMemberEpoch: -1 };
      return group.setMember(key.memberId, { ownership: gone });
    }
    const { memberEpoch, previousMemberEpoch } = value;
    group!.setMember(key.memberId, {
      ownership: {
        memberEpoch,
        previousMemberEpoch,
        state: stateOf(value.state),
        assigned: {
          active: epochsOf(value.activeTasks, memberEpoch),
          standby: tasksFrom(value.standbyTasks),
          warmup: tasksFrom(value.warmupTasks),
        },
        revoking: {
          active: epochsOf(value.activeTasksPendingRevocation, memberEpoch),
          standby: tasksFrom(value.standbyTasksPendingRevocation),
          warmup: tasksFrom(value.warmupTasksPendingRevocation),
        },
      },
    });
  },

  StreamsGroupTopology(table, { key, value }) {
    const group = groupOf(table, key.groupId, value);
    if (group === undefined) return;
    group.topology = value && topologyOf(value);
    group.configured = null;
  },
};

/** The group of a record; a value makes it. */
function groupOf(table: GroupTable, groupId: string, value: object | null) {
  return value === null ? table.find(groupId, 'streams') : ensure(table, groupId);
}

function ensure(table: GroupTable, groupId: string): StreamsGroup {
  const present = table.find(groupId, 'streams');
  if (present !== undefined) return present;
  const group = new StreamsGroup(groupId);
  table.put(group);
  return group;
}

type RecordedTasks = NonNullable<
  Extract<StreamsGroupEvent, { kind: 'StreamsGroupCurrentMemberAssignment' }>['value']
>['activeTasks'];

/** Where a record has no epochs (it is older than they are), the member's own counts. */
function epochsOf(tasks: RecordedTasks, memberEpoch: number): TaskEpochs {
  if (tasks.length === 0) return NO_TASKS.active;
  return new Map(
    tasks.map(({ subtopologyId, partitions, assignmentEpochs }) => {
      const epochs = assignmentEpochs?.length === partitions.length ? assignmentEpochs : null;
      return [subtopologyId, new Map(partitions.map((p, i) => [p, epochs?.[i] ?? memberEpoch]))];
    }),
  );
}

const statesByCode = new Map(
  Object.entries(memberStateCodes).map(([state, code]) => [code, state as MemberState]),
);

function stateOf(code: number): MemberState {
  return statesByCode.get(code) ?? 'UNKNOWN';
}
