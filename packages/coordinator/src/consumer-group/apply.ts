import type { Appliers, GroupTable } from '../group/group-table.ts';
import type { ConsumerGroupEvent } from './records.ts';
import { ConsumerGroup } from './consumer-group.ts';

const passOver = () => {};

export const consumerGroupAppliers: Appliers<ConsumerGroupEvent> = {
  ConsumerGroupMetadata: (table, { key, value }) => {
    if (value === null) table.remove(key.groupId);
    else ensure(table, key.groupId);
  },
  ConsumerGroupPartitionMetadata: passOver,
  ConsumerGroupMemberMetadata: passOver,
  ConsumerGroupTargetAssignmentMetadata: passOver,
  ConsumerGroupTargetAssignmentMember: passOver,
  ConsumerGroupCurrentMemberAssignment: passOver,
  ConsumerGroupRegularExpression: passOver,
};

function ensure(table: GroupTable, groupId: string): ConsumerGroup {
  const present = table.find(groupId, 'consumer');
  if (present !== undefined) return present;
  const group = new ConsumerGroup(groupId);
  table.put(group);
  return group;
}
