import { applyClassic } from '../classic-group/apply.ts';
import { ClassicGroup } from '../classic-group/classic-group.ts';
import { consumerGroupAppliers } from '../consumer-group/apply.ts';
import { Alarms } from '../host/alarms.ts';
import type { EventPosition } from '../host/machine.ts';
import { OffsetStore } from '../offsets/offset-store.ts';
import { shareGroupAppliers } from '../share-group/apply.ts';
import { streamsGroupAppliers } from '../streams-group/apply.ts';
import type { AnyGroup } from './any-group.ts';
import type { GroupEvent } from './events.ts';
import type { GroupAlarm } from './group-alarm.ts';
import { TopicChanges } from './topic-changes.ts';

/** What each kind of event does to the table. */
export type Appliers<Event extends { readonly kind: string }> = {
  readonly [E in Event as E['kind']]: (table: GroupTable, event: E, at: EventPosition) => void;
};

const appliers: Appliers<GroupEvent> = {
  offset(table, event, position) {
    const { groupId, topic, partition, value } = event;
    if (value === null) return table.offsets.remove(groupId, topic, partition);
    // Who commits without ever joining makes a simple group, which no record of its own tells of.
    if (!table.groups.has(groupId)) table.put(new ClassicGroup(groupId, value.commitTimestamp));
    table.offsets.put(event, value, position);
  },
  classic: applyClassic,
  ...consumerGroupAppliers,
  ...shareGroupAppliers,
  ...streamsGroupAppliers,
};

/** All that one partition of `__consumer_offsets` says, and the alarms of its groups. */
export class GroupTable {
  readonly #groups = new Map<string, AnyGroup>();
  readonly offsets = new OffsetStore();
  readonly alarms = new Alarms<GroupAlarm>();
  readonly topicChanges = new TopicChanges();

  /** Groups of all kinds, by their id: a name belongs to one group. */
  get groups(): ReadonlyMap<string, AnyGroup> {
    return this.#groups;
  }

  /** The group of that name if it is of that type. */
  find<Type extends AnyGroup['type']>(
    groupId: string,
    type: Type,
  ): Extract<AnyGroup, { readonly type: Type }> | undefined {
    const group = this.#groups.get(groupId);
    return group?.type === type ? (group as Extract<AnyGroup, { readonly type: Type }>) : undefined;
  }

  apply(event: GroupEvent, position: EventPosition): void {
    const apply = appliers[event.kind] as (
      table: GroupTable,
      event: GroupEvent,
      at: EventPosition,
    ) => void;
    apply(this, event, position);
  }

  /**
   * A group that a record tells of. It takes the place of one of another kind: that is a simple group
   * to which offsets before the record belonged, or one whose tombstone was compacted away.
   */
  put(group: AnyGroup): void {
    this.remove(group.groupId);
    this.#groups.set(group.groupId, group);
  }

  remove(groupId: string): void {
    const group = this.#groups.get(groupId);
    if (group === undefined) return;
    this.#groups.delete(groupId);
    if (group.type === 'classic') group.transition('removed', group.stateTimestampMs);
    for (const alarm of group.alarms()) this.alarms.cancel(alarm);
  }
}
