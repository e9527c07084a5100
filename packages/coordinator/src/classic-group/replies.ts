import type { KafkaError, ResponseOf } from '@tidelog/protocol';
import type { ClassicGroup } from './classic-group.ts';
import { type ClassicMember, NO_ASSIGNMENT } from './classic-member.ts';

type JoinReply = ResponseOf<'JoinGroup'>;

export function joinError(memberId: string, { code }: KafkaError): JoinReply {
  return {
    errorCode: code,
    generationId: -1,
    protocolType: null,
    protocolName: null,
    leader: '',
    memberId,
    members: [],
  };
}

export function syncError({ code }: KafkaError) {
  return { errorCode: code, protocolType: null, protocolName: null, assignment: NO_ASSIGNMENT };
}

/** The member is in the current generation; the leader hears of all members. */
export function joined(group: ClassicGroup, member: ClassicMember): JoinReply {
  const isLeader = group.leader === member.memberId;
  return {
    errorCode: 0,
    generationId: group.generation,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leader: group.leader ?? '',
    skipAssignment: false,
    memberId: member.memberId,
    members: isLeader ? membersOf(group) : [],
  };
}

function membersOf(group: ClassicGroup): JoinReply['members'] {
  return [...group.members.values()].map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.instanceId,
    metadata: member.metadata(group.protocolName),
  }));
}
