import type { Decision, EventPosition, Machine, Moment, RequestId } from '../host/machine.ts';
import { deleteGroups, describeGroups, listGroups, offsetDelete } from './admin.ts';
import { offsetCommit } from './commit.ts';
import type { GroupCommand, GroupReply } from './commands.ts';
import type { GroupEvent } from './events.ts';
import { offsetFetch } from './fetch.ts';
import { GroupTable } from './group-table.ts';
import { joinGroup } from './join.ts';
import type { GroupAlarm } from './member.ts';
import { joinPhaseOver, prepareRebalance, restartSession, syncPhaseOver } from './rebalance.ts';
import { expireOffsets, topicsDeleted } from './retention.ts';
import { heartbeat, leaveGroup, sessionOver } from './session.ts';
import { syncGroup } from './sync.ts';
import { type MachineOptions, Turn } from './turn.ts';

/**
 * Classic groups and committed offsets over one partition of `__consumer_offsets`.
 *
 * Like Apache Kafka's coordinator it acts on what it has appended at once, and shows to readers only
 * what is replicated. Apache Kafka keeps snapshots of its maps for that; here a reply that shows
 * replicated state waits until everything that was appended before it is replicated (`settled`).
 * A reader so sees newer offsets than there, a round trip later, and the maps stay plain maps. Joins
 * and heartbeats show nothing that must survive, and don't wait.
 */
export class GroupMachine implements Machine<GroupCommand, GroupEvent, GroupReply> {
  readonly table: GroupTable = new GroupTable();
  readonly #options: MachineOptions;
  readonly #expiry: GroupAlarm = { kind: 'expiry', deadlineMs: Infinity, queuedMs: Infinity };

  constructor(options: MachineOptions) {
    this.#options = options;
  }

  decide(request: RequestId, command: GroupCommand, now: Moment): Decision<GroupEvent, GroupReply> {
    const turn = new Turn(this.table, this.#options, now);
    switch (command.api) {
      case 'JoinGroup':
        joinGroup(turn, request, command);
        break;
      case 'SyncGroup':
        syncGroup(turn, request, command.request);
        break;
      case 'Heartbeat':
        heartbeat(turn, request, command.request);
        break;
      case 'LeaveGroup':
        leaveGroup(turn, request, command.request);
        break;
      case 'OffsetCommit':
        offsetCommit(turn, request, command);
        break;
      case 'OffsetFetch':
        offsetFetch(turn, request, command);
        break;
      case 'OffsetDelete':
        offsetDelete(turn, request, command);
        break;
      case 'ListGroups':
        listGroups(turn, request, command);
        break;
      case 'DescribeGroups':
        describeGroups(turn, request, command);
        break;
      case 'DeleteGroups':
        deleteGroups(turn, request, command);
        break;
      case 'TopicsDeleted':
        topicsDeleted(turn, command.topics);
        turn.reply(request, null);
    }
    return turn;
  }

  apply(event: GroupEvent, position: EventPosition): void {
    this.table.apply(event, position);
  }

  endTransaction(producerId: number, committed: boolean): void {
    this.table.offsets.endTransaction(producerId, committed);
  }

  loaded(now: Moment): Decision<GroupEvent, GroupReply> {
    const turn = new Turn(this.table, this.#options, now);
    this.#scheduleExpiry(now);
    for (const group of this.table.groups.values()) {
      for (const member of group.members.values()) restartSession(turn, member);
      if (group.members.size > this.#options.config.maxGroupSize) prepareRebalance(turn, group);
    }
    return turn;
  }

  wake(now: Moment): Decision<GroupEvent, GroupReply> {
    const turn = new Turn(this.table, this.#options, now);
    turn.divisible = true;
    for (;;) {
      const alarm = this.table.alarms.due(now.monotonicMs);
      if (alarm === undefined) return turn;
      if (alarm.kind === 'session') sessionOver(turn, alarm.group, alarm.memberId);
      else if (alarm.kind === 'join') joinPhaseOver(turn, alarm.group);
      else if (alarm.kind === 'sync') syncPhaseOver(turn, alarm.group);
      else {
        expireOffsets(turn);
        this.#scheduleExpiry(now);
      }
    }
  }

  nextDeadline(): number {
    return this.table.alarms.next();
  }

  #scheduleExpiry(now: Moment): void {
    const interval = this.#options.config.offsetsRetentionCheckIntervalMs;
    this.table.alarms.set(this.#expiry, now.monotonicMs + interval);
  }
}
