import type { Decision, Moment, RequestId } from '../host/machine.ts';
import type { GroupReply } from './commands.ts';
import type { GroupCoordinatorConfig } from './config.ts';
import { type GroupEvent, type GroupValue, sizeUpperBound } from './events.ts';
import type { Group } from './group.ts';
import type { GroupTable } from './group-table.ts';
import { NOBODY } from './member.ts';

export interface MachineOptions {
  readonly config: GroupCoordinatorConfig;
  /** No batch, and so no decision that must stand in one, may be larger. */
  readonly maxBatchSizeBytes: number;
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
  readonly #maxBatchSizeBytes: number;

  constructor(table: GroupTable, options: MachineOptions, now: Moment) {
    this.table = table;
    this.config = options.config;
    this.#maxBatchSizeBytes = options.maxBatchSizeBytes;
    this.now = now;
  }

  reply(to: RequestId, reply: GroupReply): void {
    if (to !== NOBODY) this.replies.push({ to, reply });
  }

  emit(event: GroupEvent): void {
    const offset = this.now.nextOffset + this.events.length;
    this.events.push(event);
    this.table.apply(event, { offset, producerId: -1 });
  }

  emitGroup(group: Group, value: GroupValue = group.toValue()): void {
    this.emit({ kind: 'group', groupId: group.groupId, value });
  }

  fitsGroup(group: Group, value: GroupValue = group.toValue()): boolean {
    return this.fits([{ kind: 'group', groupId: group.groupId, value }]);
  }

  /** Whether these events can stand in one batch. */
  fits(events: readonly GroupEvent[]): boolean {
    let size = 128;
    for (const event of events) size += sizeUpperBound(event);
    return size <= this.#maxBatchSizeBytes;
  }
}
