import { errors } from '@tidelog/protocol';
import { areStorable } from '../group/events.ts';
import type { Turn } from '../group/turn.ts';
import { admit, type Command, mergedProfile, textsOf } from './admission.ts';
import type { StreamsHeartbeatReply } from './commands.ts';
import { endpointsOf } from './endpoints.ts';
import { groupEpochIs, memberHas, memberIs, topologyIs } from './events.ts';
import { checkTasks, type GroupTopology, settleTopology } from './group-topology.ts';
import { leave } from './leave.ts';
import { reconcile } from './reconcile.ts';
import { Refusal } from './refusal.ts';
import { nothingTold, refused } from './replies.ts';
import { heartbeatStatus, type Status, statusOf } from './status.ts';
import type { StreamsGroup } from './streams-group.ts';
import { sameProfile, type StreamsMember } from './streams-member.ts';
import { assignmentConfigs, updateTarget } from './target.ts';
import { listTasks, NO_TARGET, sameHeld, tasksFrom } from './tasks.ts';

type Request = Command['request'];

/**
 * StreamsGroupHeartbeat (KIP-1071): a member joins with its topology, says which tasks it has, hears
 * which it gets and why it gets none, leaves.
 */
export function streamsGroupHeartbeat(turn: Turn, id: number, command: Command): void {
  // What a member hears must not be lost, even where this request changes nothing.
  turn.settled = true;
  const { memberEpoch } = command.request;
  const reply = memberEpoch < 0 ? leave(turn, command.request) : beat(turn, command);
  turn.reply(id, reply instanceof Refusal ? refused(reply) : reply);
}

function beat(turn: Turn, command: Command): StreamsHeartbeatReply | Refusal {
  const { request } = command;
  const { groupId, memberId } = request;
  if (!areStorable(textsOf(command))) return new Refusal(errors.UNKNOWN_SERVER_ERROR);
  const admitted = admit(turn, command);
  if (admitted instanceof Refusal) return admitted;
  const settled = settleTopology(turn, admitted.group, request.topology);
  if (settled instanceof Refusal) return settled;
  const { activeTasks, standbyTasks, warmupTasks } = request;
  const wrong = checkTasks(settled.configured, [activeTasks, standbyTasks, warmupTasks]);
  if (wrong !== null) return wrong;

  const profile = mergedProfile(admitted.member?.profile, command);
  const isChanged = admitted.member === undefined || !sameProfile(admitted.member.profile, profile);
  const records = [
    ...(admitted.classic?.tombstones() ?? []),
    ...(isChanged ? [memberIs(groupId, memberId, profile)] : []),
    ...(settled.isNew ? [topologyIs(groupId, settled.topology)] : []),
  ];
  if (!turn.fits(records)) return new Refusal(errors.UNKNOWN_SERVER_ERROR);
  turn.divisible = true;
  const wasEmpty = admitted.group?.isEmpty ?? true;
  const before = admitted.member?.ownership.assigned;
  turn.emitAll(records);

  const group = turn.table.find(groupId, 'streams')!;
  const member = group.members.get(memberId)!;
  noteTopology(turn, group, settled, isChanged);
  if (wasEmpty) startInitialDelay(turn, group);
  const delayed = updateTarget(turn, group);
  step(turn, group, member, request);
  const { sessionTimeoutMs, heartbeatIntervalMs } = turn.settings(groupId).streams;
  turn.table.alarms.set(member.session, turn.now.monotonicMs + sessionTimeoutMs);
  if (request.shutdownApplication) group.shutdownBy = memberId;

  const tasks = tasksToTell(member, request, before);
  if (tasks !== null && admitted.group !== undefined && member.profile.userEndpoint !== null) {
    group.endpointEpoch++;
  }
  return {
    response: {
      ...nothingTold,
      memberId,
      memberEpoch: member.ownership.memberEpoch,
      heartbeatIntervalMs,
      status: statusList(group, member, delayed),
      ...tasks,
      endpointInformationEpoch: group.endpointEpoch,
      partitionsByUserEndpoint:
        group.endpointEpoch === request.endpointInformationEpoch
          ? null
          : endpointsOf(group, turn.topics),
    },
    missingTopics: settled.configured.missingTopics,
  };
}

/** Takes the topology up, and begins a new epoch when anything that assignments depend on is new. */
function noteTopology(
  turn: Turn,
  group: StreamsGroup,
  { topology, configured, metadataHash }: GroupTopology,
  memberChanged: boolean,
): void {
  group.configured = configured;
  group.checkedTopics = turn.table.topicChanges.version;
  const validatedTopologyEpoch = configured.problem === null ? topology.epoch : -1;
  const configs = assignmentConfigs(turn, group.groupId);
  const isNew =
    memberChanged ||
    metadataHash !== group.metadataHash ||
    validatedTopologyEpoch !== group.validatedTopologyEpoch ||
    configs.size !== group.assignmentConfigs.size ||
    [...configs].some(([key, value]) => group.assignmentConfigs.get(key) !== value);
  if (!isNew) return;
  turn.emit(
    groupEpochIs(group.groupId, {
      groupEpoch: group.groupEpoch + 1,
      metadataHash,
      validatedTopologyEpoch,
      assignmentConfigs: configs,
    }),
  );
}

function startInitialDelay(turn: Turn, { groupId, initialDelay }: StreamsGroup): void {
  const { initialRebalanceDelayMs } = turn.settings(groupId).streams;
  if (initialRebalanceDelayMs <= 0 || initialDelay.deadlineMs < Infinity) return;
  turn.table.alarms.set(initialDelay, turn.now.monotonicMs + initialRebalanceDelayMs);
}

/** The member's next step towards its target; while a new group waits that is to have nothing. */
function step(turn: Turn, group: StreamsGroup, member: StreamsMember, request: Request): void {
  if (member.isReconciledTo(group.assignmentEpoch)) return;
  const { activeTasks, standbyTasks, warmupTasks } = request;
  const waits = group.initialDelay.deadlineMs < Infinity;
  const ownership = reconcile({
    member,
    targetEpoch: group.assignmentEpoch,
    target: (waits ? undefined : group.target.get(member.memberId)) ?? NO_TARGET,
    processes: group.processes,
    owned:
      activeTasks && standbyTasks && warmupTasks
        ? {
            active: tasksFrom(activeTasks),
            standby: tasksFrom(standbyTasks),
            warmup: tasksFrom(warmupTasks),
          }
        : null,
  });
  const former = member.ownership;
  if (ownership === former) return;
  const same =
    ownership.state === former.state &&
    ownership.memberEpoch === former.memberEpoch &&
    ownership.previousMemberEpoch === former.previousMemberEpoch &&
    sameHeld(ownership.assigned, former.assigned) &&
    sameHeld(ownership.revoking, former.revoking);
  if (same) return;
  turn.emit(memberHas(group.groupId, member.memberId, ownership));
  watchRebalance(turn, member);
}

/** Who is to give tasks up has its rebalance timeout for it. */
export function watchRebalance({ table, now }: Turn, member: StreamsMember): void {
  if (member.ownership.state === 'UNREVOKED_TASKS') {
    table.alarms.set(member.rebalance, now.monotonicMs + member.profile.rebalanceTimeoutMs);
  } else {
    table.alarms.cancel(member.rebalance);
  }
}

/** A member is told its tasks when it joins, and when they have changed. */
function tasksToTell(
  { ownership: { assigned } }: StreamsMember,
  { memberEpoch }: Request,
  before: StreamsMember['ownership']['assigned'] | undefined,
) {
  if (memberEpoch !== 0 && before !== undefined && sameHeld(before, assigned)) return null;
  return {
    activeTasks: listTasks(assigned.active),
    standbyTasks: listTasks(assigned.standby),
    warmupTasks: listTasks(assigned.warmup),
  };
}

function statusList(group: StreamsGroup, member: StreamsMember, delayed: Status | null): Status[] {
  const list: Status[] = [];
  const epoch = group.topology!.epoch;
  const { topologyEpoch } = member.profile;
  if (topologyEpoch < epoch) {
    const detail =
      `The member's topology epoch ${topologyEpoch} is behind the group's topology epoch ` +
      `${epoch}.`;
    list.push(statusOf(heartbeatStatus.STALE_TOPOLOGY, detail));
  }
  if (delayed !== null) list.push(delayed);
  if (group.configured?.problem) list.push(group.configured.problem);
  if (group.shutdownBy !== null) {
    const detail =
      `Streams group member ${group.shutdownBy} encountered a fatal error and requested a ` +
      'shutdown for the entire application.';
    list.push(statusOf(heartbeatStatus.SHUTDOWN_APPLICATION, detail));
  }
  return list;
}
