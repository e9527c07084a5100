import type { Assignor } from '../assignors/assignor.ts';
import type { ClassicGroup } from '../classic-group/classic-group.ts';
import { NOBODY } from '../classic-group/classic-member.ts';
import type { GroupValue } from '../classic-group/records.ts';
import type { Decision, Moment, RequestId } from '../host/machine.ts';
import type { GroupReply } from './commands.ts';
import type { GroupCoordinatorConfig } from './config.ts';
import { type GroupEvent, sizeUpperBound } from './events.ts';
import type { GroupTable } from './group-table.ts';
import type { GroupSettings } from './settings.ts';
import type { TopicsView } from './topics-view.ts';

export interface MachineOptions {
  readonly config: GroupCoordinatorConfig;
  /** No batch, and so no decision that must stand in one, may be larger. */
  readonly maxBatchSizeBytes: number;
  /** The cluster's topics as they are now. A change of them is told by a command `TopicsChanged`. */
  readonly topics: () => TopicsView;
  /** What is set for a group, or by default. */
  readonly settings: (groupId: string) => GroupSettings;
  /** The assignors of consumer groups by name, the default first (`group.consumer.assignors`). */
  readonly assignors: ReadonlyMap<string, Assignor>;
}

/** One decision in the making. */
export class Turn implements Decision<GroupEvent, GroupReply> {
  readonly events: GroupEvent[] = [];
  readonly replies: { to: RequestId; reply: GroupReply }[] = [];
  settled = false;
  divisible = false;
  readonly table: GroupTable;
  readonly config: GroupCoordinatorConfig;
  readonly now: Moment;
  readonly #options: MachineOptions;

  constructor(table: GroupTable, options: MachineOptions, now: Moment) {
    this.table = table;
    this.config = options.config;
    this.#options = options;
    this.now = now;
  }

  get topics(): TopicsView {
    return this.#options.topics();
  }

  get assignors(): ReadonlyMap<string, Assignor> {
    return this.#options.assignors;
  }

  settings(groupId: string): GroupSettings {
    return this.#options.settings(groupId);
  }

  reply(to: RequestId, reply: GroupReply): void {
    if (to !== NOBODY) this.replies.push({ to, reply });
  }

  emit(event: GroupEvent): void {
    const offset = this.now.nextOffset + this.events.length;
    this.events.push(event);
    this.table.apply(event, { offset, producerId: this.now.producerId ?? -1 });
  }

  emitAll(events: readonly GroupEvent[]): void {
    for (const event of events) this.emit(event);
  }

  emitGroup(group: ClassicGroup, value: GroupValue = group.toValue()): void {
    this.emit({ kind: 'classic', groupId: group.groupId, value });
  }

  fitsGroup(group: ClassicGroup, value: GroupValue = group.toValue()): boolean {
    return this.fits([{ kind: 'classic', groupId: group.groupId, value }]);
  }

  /** Whether these events can stand in one batch. */
  fits(events: readonly GroupEvent[]): boolean {
    let size = 128;
    for (const event of events) size += sizeUpperBound(event);
    return size <= this.#options.maxBatchSizeBytes;
  }
}
