import { errors } from '@tidelog/protocol';
import type { Turn } from '../group/turn.ts';
import { type Command, unknownMember } from './admission.ts';
import type { StreamsHeartbeatReply } from './commands.ts';
import { groupEpochIs, memberGoes } from './events.ts';
import { Refusal } from './refusal.ts';
import { nothingTold } from './replies.ts';
import type { StreamsGroup } from './streams-group.ts';

/** A member goes of its own accord, whatever its epoch was. */
export function leave(turn: Turn, request: Command['request']): StreamsHeartbeatReply | Refusal {
  const { groupId, memberId, memberEpoch } = request;
  const group = turn.table.find(groupId, 'streams');
  if (group === undefined) {
    return new Refusal(errors.GROUP_ID_NOT_FOUND, `Streams group ${groupId} not found.`);
  }
  if (!group.members.has(memberId)) return unknownMember(groupId, memberId);
  if (request.shutdownApplication) group.shutdownBy = memberId;
  removeMember(turn, group, memberId);
  return { response: { ...nothingTold, memberId, memberEpoch, status: [] }, missingTopics: [] };
}

/** A member is out: the others get its tasks in the next epoch. */
export function removeMember(turn: Turn, group: StreamsGroup, memberId: string): void {
  turn.emitAll(memberGoes(group.groupId, memberId));
  turn.emit(groupEpochIs(group.groupId, { ...epochOf(group), groupEpoch: group.groupEpoch + 1 }));
}

const epochOf = ({ metadataHash, validatedTopologyEpoch, assignmentConfigs }: StreamsGroup) => ({
  metadataHash,
  validatedTopologyEpoch,
  assignmentConfigs,
});
