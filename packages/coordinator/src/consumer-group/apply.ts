import type { TopicPartitions } from '../assignors/assignor.ts';
import type { Appliers, GroupTable } from '../group/group-table.ts';
import { ConsumerGroup } from './consumer-group.ts';
import {
  type AssignmentEpochs,
  type ClassicProtocols,
  memberStateCodes,
  type MemberState,
  noOwnership,
  NOTHING,
} from './consumer-member.ts';
import type { ConsumerGroupEvent } from './records.ts';

/** What the records of a consumer group do. A tombstone of a group that is gone does nothing. */
export const consumerGroupAppliers: Appliers<ConsumerGroupEvent> = {
  ConsumerGroupMetadata(table, { key, value }) {
    if (value === null) {
      if (table.find(key.groupId, 'consumer') !== undefined) table.remove(key.groupId);
      return;
    }
    const group = ensure(table, key.groupId);
    group.groupEpoch = value.epoch;
    group.metadataHash = value.metadataHash;
  },

  ConsumerGroupPartitionMetadata(table, { key, value }) {
    const group = groupOf(table, key.groupId, value);
    if (group !== undefined) group.hasPartitionMetadata = value !== null;
  },

  ConsumerGroupMemberMetadata(table, { key, value }) {
    const group = groupOf(table, key.groupId, value);
    if (value !== null) {
      const { subscribedTopicNames, subscribedTopicRegex, classicMemberMetadata, ...rest } = value;
      group!.setSubscription(key.memberId, {
        ...rest,
        topicNames: subscribedTopicNames,
        topicRegex: subscribedTopicRegex,
        classic: classicMemberMetadata && owned(classicMemberMetadata),
      });
      return;
    }
    const gone = group?.removeMember(key.memberId);
    for (const alarm of gone?.alarms() ?? []) table.alarms.cancel(alarm);
  },

  ConsumerGroupTargetAssignmentMetadata(table, { key, value }) {
    const group = groupOf(table, key.groupId, value);
    if (group === undefined) return;
    group.assignmentEpoch = value?.assignmentEpoch ?? -1;
    group.assignmentTimestampMs = value?.assignmentTimestamp ?? 0;
  },

  ConsumerGroupTargetAssignmentMember(table, { key, value }) {
    const group = groupOf(table, key.groupId, value);
    group?.setTarget(key.memberId, value && partitionsOf(value.topicPartitions));
  },

  ConsumerGroupCurrentMemberAssignment(table, { key, value }) {
    const group = groupOf(table, key.groupId, value);
    if (value === null) {
      if (group?.members.has(key.memberId)) group.setOwnership(key.memberId, noOwnership);
      return;
    }
    const { memberEpoch, previousMemberEpoch } = value;
    group!.setOwnership(key.memberId, {
      memberEpoch,
      previousMemberEpoch,
      state: stateOf(value.state),
      assigned: epochsOf(value.assignedPartitions, memberEpoch),
      revoking: epochsOf(value.partitionsPendingRevocation, memberEpoch),
    });
  },

  ConsumerGroupRegularExpression(table, { key, value }) {
    const group = groupOf(table, key.groupId, value);
    const { regularExpression } = key;
    group?.topics.resolve(
      regularExpression,
      value && {
        topics: new Set(value.topics),
        version: value.version,
        timestampMs: value.timestamp,
      },
    );
  },
};

/** The group of a record; a value makes it. */
function groupOf(table: GroupTable, groupId: string, value: object | null) {
  return value === null ? table.find(groupId, 'consumer') : ensure(table, groupId);
}

function ensure(table: GroupTable, groupId: string): ConsumerGroup {
  const present = table.find(groupId, 'consumer');
  if (present !== undefined) return present;
  const group = new ConsumerGroup(groupId);
  table.put(group);
  return group;
}

/** A copy of the bytes, which would otherwise keep what was read alive. */
function owned({ sessionTimeoutMs, supportedProtocols }: ClassicProtocols): ClassicProtocols {
  return {
    sessionTimeoutMs,
    supportedProtocols: supportedProtocols.map(({ name, metadata }) => ({
      name,
      metadata: Buffer.from(metadata),
    })),
  };
}

function partitionsOf(
  topics: readonly { readonly topicId: string; readonly partitions: readonly number[] }[],
): TopicPartitions {
  return new Map(topics.map(({ topicId, partitions }) => [topicId, new Set(partitions)]));
}

type RecordedTopics = NonNullable<
  Extract<ConsumerGroupEvent, { kind: 'ConsumerGroupCurrentMemberAssignment' }>['value']
>['assignedPartitions'];

/** Where a record has no epochs (it is older than they are), the member's own counts. */
function epochsOf(topics: RecordedTopics, memberEpoch: number): AssignmentEpochs {
  if (topics.length === 0) return NOTHING;
  const fallback = Math.max(memberEpoch, 0);
  return new Map(
    topics.map(({ topicId, partitions, assignmentEpochs }) => {
      const epochs = assignmentEpochs?.length === partitions.length ? assignmentEpochs : null;
      return [topicId, new Map(partitions.map((p, i) => [p, epochs?.[i] ?? fallback]))];
    }),
  );
}

const statesByCode = new Map(
  Object.entries(memberStateCodes).map(([state, code]) => [code, state as MemberState]),
);

function stateOf(code: number): MemberState {
  return statesByCode.get(code) ?? 'UNKNOWN';
}
