import { Alarms } from '../host/alarms.ts';
import type { EventPosition } from '../host/machine.ts';
import type { ForeignGroupType, GroupEvent } from './events.ts';
import { Group } from './group.ts';
import type { GroupAlarm } from './member.ts';
import { OffsetStore } from './offset-store.ts';

/** All that one partition of `__consumer_offsets` says, and the alarms of its groups. */
export class GroupTable {
  readonly groups = new Map<string, Group>();
  /**
   * Groups of newer protocols, which Apache Kafka left in the log. They are no classic groups and
   * nothing is done to them; their committed offsets can be read.
   */
  readonly foreign = new Map<string, ForeignGroupType>();
  readonly offsets = new OffsetStore();
  readonly alarms = new Alarms<GroupAlarm>();

  apply(event: GroupEvent, position: EventPosition): void {
    switch (event.kind) {
      case 'offset': {
        const { groupId, topic, partition, value } = event;
        if (value === null) {
          this.offsets.remove(groupId, topic, partition);
        } else {
          // Who commits without ever joining makes a simple group.
          if (!this.foreign.has(groupId)) this.#ensure(groupId, value.commitTimestamp);
          this.offsets.put(event, value, position);
        }
        return;
      }
      case 'group':
        if (event.value === null) this.#remove(event.groupId);
        else this.#ensure(event.groupId, event.value.currentStateTimestamp).restore(event.value);
        return;
      case 'foreign':
        if (event.exists) {
          this.#remove(event.groupId);
          this.foreign.set(event.groupId, event.type);
        } else {
          this.foreign.delete(event.groupId);
        }
    }
  }

  #ensure(groupId: string, timestampMs: number): Group {
    let group = this.groups.get(groupId);
    if (group === undefined) {
      group = new Group(groupId, timestampMs);
      this.groups.set(groupId, group);
    }
    return group;
  }

  #remove(groupId: string): void {
    const group = this.groups.get(groupId);
    if (group === undefined) return;
    this.groups.delete(groupId);
    group.transition('removed', group.stateTimestampMs);
    this.alarms.cancel(group.joinPhase);
    this.alarms.cancel(group.syncPhase);
    for (const alarm of group.pendingJoins.values()) this.alarms.cancel(alarm);
    for (const member of group.members.values()) this.alarms.cancel(member.session);
  }
}
