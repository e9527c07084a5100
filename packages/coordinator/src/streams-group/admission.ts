import { errors } from '@tidelog/protocol';
import type { ClassicGroup } from '../classic-group/classic-group.ts';
import type { CommandOf } from '../group/commands.ts';
import type { Turn } from '../group/turn.ts';
import { Refusal } from './refusal.ts';
import type { StreamsGroup } from './streams-group.ts';
import { noProfile, type Profile, type StreamsMember } from './streams-member.ts';
import { compare, containsAll, type TaskList } from './tasks.ts';

export type Command = CommandOf<'StreamsGroupHeartbeat'>;
type Request = Command['request'];

/** Who sends a heartbeat. Nothing has changed yet. */
export interface Admitted {
  /** Undefined: it is to be made. */
  readonly group: StreamsGroup | undefined;
  /** An empty group of the classic protocol, whose name the new group takes. */
  readonly classic: ClassicGroup | undefined;
  /** Undefined: a new one. */
  readonly member: StreamsMember | undefined;
}

const JOINS = 0;

export function admit(turn: Turn, { request }: Command): Admitted | Refusal {
  const { groupId, memberId, memberEpoch } = request;
  const present = turn.table.groups.get(groupId);
  const joins = memberEpoch === JOINS;
  const classic = joins && present?.type === 'classic' && present.isEmpty ? present : undefined;
  if (present === undefined && !joins) {
    return new Refusal(errors.GROUP_ID_NOT_FOUND, `Streams group ${groupId} not found.`);
  }
  if (present !== undefined && present.type !== 'streams' && classic === undefined) {
    return new Refusal(errors.GROUP_ID_NOT_FOUND, `Group ${groupId} is not a streams group.`);
  }
  const group = present?.type === 'streams' ? present : undefined;
  if (joins && (group?.members.size ?? 0) >= turn.config.streamsMaxSize) {
    const most = turn.config.streamsMaxSize;
    return new Refusal(
      errors.GROUP_MAX_SIZE_REACHED,
      `The streams group has reached its maximum capacity of ${most} members.`,
    );
  }
  const member = group?.members.get(memberId);
  if (joins) return { group, classic, member };
  if (member === undefined) return unknownMember(groupId, memberId);
  return mayGoOn(member, request) ? { group, classic, member } : fenced(member, memberEpoch);
}

export function unknownMember(groupId: string, memberId: string): Refusal {
  return new Refusal(
    errors.UNKNOWN_MEMBER_ID,
    `Member ${memberId} is not a member of group ${groupId}.`,
  );
}

/** An epoch behind is accepted of one that has no more than it may: it missed the last response. */
function mayGoOn({ ownership }: StreamsMember, request: Request): boolean {
  const { memberEpoch, previousMemberEpoch, assigned, state } = ownership;
  const owned = [request.activeTasks, request.standbyTasks, request.warmupTasks];
  if (state === 'UNKNOWN' && !owned.every((tasks) => tasks?.length === 0)) return false;
  if (request.memberEpoch === memberEpoch) return true;
  const has = (tasks: Parameters<typeof containsAll>[0], list: readonly TaskList[] | null) =>
    list !== null && containsAll(tasks, list);
  return (
    request.memberEpoch < memberEpoch &&
    request.memberEpoch === previousMemberEpoch &&
    has(assigned.active, request.activeTasks) &&
    has(assigned.standby, request.standbyTasks) &&
    has(assigned.warmup, request.warmupTasks)
  );
}

function fenced({ ownership }: StreamsMember, memberEpoch: number): Refusal {
  const relation = memberEpoch > ownership.memberEpoch ? 'greater' : 'smaller';
  return new Refusal(
    errors.FENCED_MEMBER_EPOCH,
    `The streams group member has a ${relation} member epoch (${memberEpoch}) than the one known ` +
      `by the group coordinator (${ownership.memberEpoch}). The member must abandon all its ` +
      'partitions and rejoin.',
  );
}

/** What a request does not say stays as it was. */
export function mergedProfile(former: Profile = noProfile, { request, sender }: Command): Profile {
  const { rebalanceTimeoutMs, topology, userEndpoint, clientTags } = request;
  return {
    instanceId: former.instanceId,
    rackId: request.rackId ?? former.rackId,
    clientId: sender.clientId,
    clientHost: sender.clientHost,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? former.rebalanceTimeoutMs : rebalanceTimeoutMs,
    topologyEpoch: topology?.epoch ?? former.topologyEpoch,
    processId: request.processId ?? former.processId,
    userEndpoint: userEndpoint
      ? { host: userEndpoint.host, port: userEndpoint.port }
      : former.userEndpoint,
    clientTags: clientTags
      ? clientTags
          .map(({ key, value }) => ({ key, value }))
          .toSorted((a, b) => compare(a.key, b.key))
      : former.clientTags,
  };
}

/** All strings of a request that would stand in a record. */
export function textsOf({ request, sender }: Command): (string | null)[] {
  const { groupId, memberId, rackId, processId, userEndpoint, clientTags, topology } = request;
  const texts = [groupId, memberId, rackId, processId, sender.clientId, userEndpoint?.host ?? null];
  for (const { key, value } of clientTags ?? []) texts.push(key, value);
  for (const part of topology?.subtopologies ?? []) {
    texts.push(part.subtopologyId, ...part.sourceTopics, ...part.repartitionSinkTopics);
    for (const topic of [...part.stateChangelogTopics, ...part.repartitionSourceTopics]) {
      texts.push(topic.name);
      for (const { key, value } of topic.topicConfigs) texts.push(key, value);
    }
  }
  return texts;
}
