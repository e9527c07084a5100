import { errors, type ResponseOf } from '@tidelog/protocol';
import type { CommandOf } from '../group/commands.ts';
import type { Turn } from '../group/turn.ts';
import type { ClassicGroup } from './classic-group.ts';

/** From this version on a group that does not exist is an error (KIP-1043). */
const GROUP_NOT_FOUND_VERSION = 6;

/** DescribeGroups: members show their metadata only while the group is stable. */
export function describeGroups(turn: Turn, id: number, command: CommandOf<'DescribeGroups'>): void {
  turn.settled = true;
  turn.reply(
    id,
    command.groupIds.map((groupId) => {
      const group = turn.table.find(groupId, 'classic');
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
  return turn.table.groups.has(groupId)
    ? `Group ${groupId} is not a classic group.`
    : `Group ${groupId} not found.`;
}

function describe(group: ClassicGroup): Described {
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
