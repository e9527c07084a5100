import type { Appliers, GroupTable } from '../group/group-table.ts';
import type { StreamsGroupEvent } from './records.ts';
import { StreamsGroup } from './streams-group.ts';

const passOver = () => {};

export const streamsGroupAppliers: Appliers<StreamsGroupEvent> = {
  StreamsGroupMetadata: (table, { key, value }) => {
    if (value === null) table.remove(key.groupId);
    else ensure(table, key.groupId);
  },
  StreamsGroupMemberMetadata: passOver,
  StreamsGroupTargetAssignmentMetadata: passOver,
  StreamsGroupTargetAssignmentMember: passOver,
  StreamsGroupCurrentMemberAssignment: passOver,
  StreamsGroupTopology: passOver,
};

function ensure(table: GroupTable, groupId: string): StreamsGroup {
  const present = table.find(groupId, 'streams');
  if (present !== undefined) return present;
  const group = new StreamsGroup(groupId);
  table.put(group);
  return group;
}
