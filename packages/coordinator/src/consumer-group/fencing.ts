import { errors } from '@tidelog/protocol';
import type { CommandOf } from '../group/commands.ts';
import type { Turn } from '../group/turn.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import type { AssignmentEpochs, ConsumerMember } from './consumer-member.ts';
import type { OwnedPartitions } from './reconcile.ts';
import { Refusal } from './refusal.ts';

/** Who is there already, or takes the place of its former self, does not make the group larger. */
export function hasRoomFor(
  { config }: Turn,
  group: ConsumerGroup,
  { memberId, instanceId }: { readonly memberId: string; readonly instanceId: string | null },
): boolean {
  if (instanceId !== null && group.staticMember(instanceId) !== undefined) return true;
  return group.members.has(memberId) || group.members.size < config.maxConsumerGroupSize;
}

export function unknownMember({ groupId }: ConsumerGroup, memberId: string): Refusal {
  const message = `Member ${memberId} is not a member of group ${groupId}.`;
  return new Refusal(errors.UNKNOWN_MEMBER_ID, message);
}

/** Somebody else has taken the instance id over. */
export function problemOfInstance(
  owner: ConsumerMember,
  memberId: string,
  instanceId: string,
): Refusal | null {
  if (owner.memberId === memberId) return null;
  const message = `Static member ${memberId} with instance id ${instanceId} was fenced by member ${owner.memberId}.`;
  return new Refusal(errors.FENCED_INSTANCE_ID, message);
}

export function unreleased(owner: ConsumerMember, memberId: string, instanceId: string): Refusal {
  const message =
    `Static member ${memberId} with instance id ${instanceId} cannot join the group because the ` +
    `instance id is owned by ${owner.memberId} member.`;
  return new Refusal(errors.UNRELEASED_INSTANCE_ID, message);
}

/**
 * The member's epoch must be what we told it last. One before is accepted when it claims no more than
 * it was given: then it has not heard of the new epoch. With epoch 0 it begins anew at any time.
 */
export function problemOfEpoch(
  member: ConsumerMember,
  request: CommandOf<'ConsumerGroupHeartbeat'>['request'],
): Refusal | null {
  const { memberEpoch, topicPartitions } = request;
  const { ownership } = member;
  const owned = topicPartitions ?? null;
  if (ownership.state === 'UNKNOWN' && (owned === null || owned.length > 0)) {
    const message = 'The consumer group member is in a unknown state.';
    return new Refusal(errors.FENCED_MEMBER_EPOCH, `${message} ${FENCED}`);
  }
  if (memberEpoch === 0 || memberEpoch === ownership.memberEpoch) return null;
  const greater = memberEpoch > ownership.memberEpoch;
  const missedReply =
    !greater &&
    memberEpoch === ownership.previousMemberEpoch &&
    owned !== null &&
    isWithin(owned, ownership.assigned);
  if (missedReply) return null;
  const message =
    `The consumer group member has a ${greater ? 'greater' : 'smaller'} member epoch ` +
    `(${memberEpoch}) than the one known by the group coordinator (${ownership.memberEpoch}).`;
  return new Refusal(errors.FENCED_MEMBER_EPOCH, `${message} ${FENCED}`);
}

const FENCED = 'The member must abandon all its partitions and rejoin.';

function isWithin(owned: OwnedPartitions, assigned: AssignmentEpochs): boolean {
  return owned.every(({ topicId, partitions }) =>
    partitions.every((partition) => assigned.get(topicId)?.has(partition)),
  );
}
