import type { GroupTable } from '../group/group-table.ts';
import { ClassicGroup } from './classic-group.ts';
import type { ClassicEvent } from './records.ts';

export function applyClassic(table: GroupTable, { groupId, value }: ClassicEvent): void {
  if (value === null) return table.remove(groupId);
  let group = table.find(groupId, 'classic');
  if (group === undefined) {
    group = new ClassicGroup(groupId, value.currentStateTimestamp);
    table.put(group);
  }
  group.restore(value);
}
