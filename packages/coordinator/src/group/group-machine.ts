import { loadedClassic, ringClassic } from '../classic-group/alarms.ts';
import { describeGroups } from '../classic-group/describe.ts';
import { joinGroup } from '../classic-group/join.ts';
import { heartbeat, leaveGroup } from '../classic-group/session.ts';
import { syncGroup } from '../classic-group/sync.ts';
import { loadedConsumer, ringConsumer } from '../consumer-group/alarms.ts';
import { consumerGroupDescribe } from '../consumer-group/describe.ts';
import { consumerGroupHeartbeat } from '../consumer-group/heartbeat.ts';
import type { Decision, EventPosition, Machine, Moment, RequestId } from '../host/machine.ts';
import { offsetCommit } from '../offsets/offset-commit.ts';
import { offsetDelete } from '../offsets/offset-delete.ts';
import { offsetFetch } from '../offsets/offset-fetch.ts';
import { expireOffsets, topicsDeleted } from '../offsets/retention.ts';
import { txnOffsetCommit } from '../offsets/txn-offset-commit.ts';
import { shareGroupDeciders } from '../share-group/deciders.ts';
import { shareTopicsDeleted } from '../share-group/delete.ts';
import { loadedShare, ringShare } from '../share-group/heartbeat.ts';
import { loadedStreams, ringStreams } from '../streams-group/alarms.ts';
import { streamsGroupDescribe } from '../streams-group/describe.ts';
import { streamsGroupHeartbeat } from '../streams-group/heartbeat.ts';
import { deleteGroups, listGroups } from './admin.ts';
import type { CommandOf, GroupCommand, GroupReply } from './commands.ts';
import type { GroupEvent } from './events.ts';
import { type ExpiryAlarm, type GroupAlarm, OFF } from './group-alarm.ts';
import { GroupTable } from './group-table.ts';
import { type MachineOptions, Turn } from './turn.ts';

type Decide<Api extends GroupCommand['api']> = (
  turn: Turn,
  request: RequestId,
  command: CommandOf<Api>,
) => void;

/** Who decides each command. */
const deciders: { readonly [Api in GroupCommand['api']]: Decide<Api> } = {
  JoinGroup: joinGroup,
  SyncGroup: (turn, id, { request }) => syncGroup(turn, id, request),
  Heartbeat: (turn, id, { request }) => heartbeat(turn, id, request),
  LeaveGroup: (turn, id, { request }) => leaveGroup(turn, id, request),
  DescribeGroups: describeGroups,
  ConsumerGroupHeartbeat: consumerGroupHeartbeat,
  ConsumerGroupDescribe: consumerGroupDescribe,
  OffsetCommit: offsetCommit,
  TxnOffsetCommit: txnOffsetCommit,
  OffsetFetch: offsetFetch,
  OffsetDelete: offsetDelete,
  StreamsGroupHeartbeat: streamsGroupHeartbeat,
  StreamsGroupDescribe: streamsGroupDescribe,
  ListGroups: listGroups,
  DeleteGroups: deleteGroups,
  ...shareGroupDeciders,
  TopicsDeleted(turn, id, { topics }) {
    topicsDeleted(turn, topics);
    shareTopicsDeleted(turn, new Set(topics.map((topic) => topic.id)));
    turn.reply(id, null);
  },
  TopicsChanged(turn, id, { change }) {
    turn.table.topicChanges.note(change, turn.topics.version);
    turn.reply(id, null);
  },
};

/**
 * Groups of all kinds and their committed offsets over one partition of `__consumer_offsets`.
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
  readonly #expiry: ExpiryAlarm = { type: 'expiry', ...OFF };

  constructor(options: MachineOptions) {
    this.#options = options;
  }

  decide(request: RequestId, command: GroupCommand, now: Moment): Decision<GroupEvent, GroupReply> {
    const turn = new Turn(this.table, this.#options, now);
    const decide = deciders[command.api] as (t: Turn, r: RequestId, c: GroupCommand) => void;
    decide(turn, request, command);
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
    turn.divisible = true;
    this.#scheduleExpiry(now);
    this.table.topicChanges.begin(turn.topics.version);
    for (const group of this.table.groups.values()) {
      if (group.type === 'classic') loadedClassic(turn, group);
      else if (group.type === 'consumer') loadedConsumer(turn, group);
      else if (group.type === 'share') loadedShare(turn, group);
      else if (group.type === 'streams') loadedStreams(turn, group);
    }
    return turn;
  }

  wake(now: Moment): Decision<GroupEvent, GroupReply> {
    const turn = new Turn(this.table, this.#options, now);
    turn.divisible = true;
    for (;;) {
      const alarm = this.table.alarms.due(now.monotonicMs);
      if (alarm === undefined) return turn;
      this.#ring(turn, alarm);
    }
  }

  nextDeadline(): number {
    return this.table.alarms.next();
  }

  #ring(turn: Turn, alarm: GroupAlarm): void {
    switch (alarm.type) {
      case 'classic':
        return ringClassic(turn, alarm);
      case 'consumer':
        return ringConsumer(turn, alarm);
      case 'share':
        return ringShare(turn, alarm);
      case 'streams':
        return ringStreams(turn, alarm);
      case 'expiry':
        expireOffsets(turn);
        this.#scheduleExpiry(turn.now);
    }
  }

  #scheduleExpiry(now: Moment): void {
    const interval = this.#options.config.offsetsRetentionCheckIntervalMs;
    this.table.alarms.set(this.#expiry, now.monotonicMs + interval);
  }
}
