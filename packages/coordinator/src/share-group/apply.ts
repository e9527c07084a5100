import type { Appliers, GroupTable } from '../group/group-table.ts';
import type { ShareGroupEvent } from './records.ts';
import { ShareGroup } from './share-group.ts';

const passOver = () => {};

export const shareGroupAppliers: Appliers<ShareGroupEvent> = {
  ShareGroupMetadata: (table, { key, value }) => {
    if (value === null) table.remove(key.groupId);
    else ensure(table, key.groupId);
  },
  ShareGroupMemberMetadata: passOver,
  ShareGroupTargetAssignmentMetadata: passOver,
  ShareGroupTargetAssignmentMember: passOver,
  ShareGroupCurrentMemberAssignment: passOver,
  ShareGroupStatePartitionMetadata: passOver,
};

function ensure(table: GroupTable, groupId: string): ShareGroup {
  const present = table.find(groupId, 'share');
  if (present !== undefined) return present;
  const group = new ShareGroup(groupId);
  table.put(group);
  return group;
}
