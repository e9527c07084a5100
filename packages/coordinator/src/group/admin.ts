import { errors, type ResponseOf } from '@tidelog/protocol';
import type { CommandOf } from './commands.ts';
import type { Group } from './group.ts';
import { deleteOffsetsOf, tombstone } from './retention.ts';
import type { Turn } from './turn.ts';

/** From this version on a group that does not exist is an error (KIP-1043). */
const GROUP_NOT_FOUND_VERSION = 6;
const CLASSIC = 'classic';

/** ListGroups: an empty filter lets everything pass; filters don't look at case. */
export function listGroups(turn: Turn, id: number, command: CommandOf<'ListGroups'>): void {
  const { statesFilter, typesFilter } = command.request;
  const states = new Set(statesFilter.map((state) => state.toLowerCase().trim()));
  const types = new Set(typesFilter.map((type) => type.toLowerCase()));
  turn.settled = true;
  const listed: ResponseOf<'ListGroups'>['groups'][number][] = [];
  if (types.size === 0 || types.has(CLASSIC)) {
    for (const { groupId, protocolType, state } of turn.table.groups.values()) {
      if (states.size > 0 && !states.has(state.toLowerCase())) continue;
      listed.push({
        groupId,
        protocolType: protocolType ?? '',
        groupState: state,
        groupType: CLASSIC,
      });
    }
  }
  turn.reply(id, listed);
}

/** DescribeGroups: members show their metadata only while the group is stable. */
export function describeGroups(turn: Turn, id: number, command: CommandOf<'DescribeGroups'>): void {
  turn.settled = true;
  turn.reply(
    id,
    command.groupIds.map((groupId) => {
      const group = turn.table.groups.get(groupId);
      if (group !== undefined) return describe(group);
      const notFound = command.apiVersion >= GROUP_NOT_FOUND_VERSION;
      return {
        ...undescribed(groupId),
        errorCode: notFound ? errors.GROUP_ID_NOT_FOUND.code : errors.NONE.code,
        errorMessage: notFound ? missingMessage(turn, groupId) : null,
        groupState: 'Dead',
      };
    }),
  );
}

type Described = ResponseOf<'DescribeGroups'>['groups'][number];

/** A group of which nothing is known. */
export function undescribed(groupId: string): Omit<Described, 'errorCode'> {
  return { groupId, groupState: '', protocolType: '', protocolData: '', members: [] };
}

function missingMessage(turn: Turn, groupId: string): string {
  return turn.table.foreign.has(groupId)
    ? `Group ${groupId} is not a classic group.`
    : `Group ${groupId} not found.`;
}

function describe(group: Group): Described {
  const stable = group.state === 'Stable';
  return {
    errorCode: errors.NONE.code,
    groupId: group.groupId,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: stable ? (group.protocolName ?? '') : '',
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: stable ? member.metadata(group.protocolName) : Buffer.alloc(0),
      memberAssignment: member.assignment,
    })),
  };
}

/** DeleteGroups: groups without members, with all their offsets. */
export function deleteGroups(turn: Turn, id: number, command: CommandOf<'DeleteGroups'>): void {
  turn.settled = true;
  turn.divisible = true;
  turn.reply(
    id,
    command.groupIds.map((groupId) => {
      const group = turn.table.groups.get(groupId);
      let error: { readonly code: number } = errors.NONE;
      if (group === undefined) error = errors.GROUP_ID_NOT_FOUND;
      else if (group.state !== 'Empty') error = errors.NON_EMPTY_GROUP;
      else {
        deleteOffsetsOf(turn, groupId);
        turn.emit({ kind: 'group', groupId, value: null });
      }
      return { groupId, errorCode: error.code };
    }),
  );
}

/** OffsetDelete: not of topics that members of the group consume. */
export function offsetDelete(turn: Turn, id: number, command: CommandOf<'OffsetDelete'>): void {
  const { groupId, topics } = command.request;
  const group = turn.table.groups.get(groupId);
  turn.settled = true;
  if (group === undefined) {
    return turn.reply(id, { errorCode: errors.GROUP_ID_NOT_FOUND.code, topics: [] });
  }
  if (group.state !== 'Empty' && !group.isConsumerGroup) {
    return turn.reply(id, { errorCode: errors.NON_EMPTY_GROUP.code, topics: [] });
  }
  turn.divisible = true;
  const { offsets } = turn.table;
  const replies = topics.map(({ name, partitions }) => {
    const subscribed = group.isSubscribedTo(name);
    return {
      name,
      partitions: partitions.map(({ partitionIndex }) => {
        if (!subscribed && offsets.has(groupId, name, partitionIndex)) {
          tombstone(turn, groupId, name, partitionIndex);
        }
        const error = subscribed ? errors.GROUP_SUBSCRIBED_TO_TOPIC : errors.NONE;
        return { partitionIndex, errorCode: error.code };
      }),
    };
  });
  turn.reply(id, { errorCode: errors.NONE.code, topics: replies });
}
