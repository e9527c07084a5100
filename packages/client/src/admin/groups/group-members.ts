import { invalidArgument } from '../../client-error.ts';
import { checkAnswer } from '../check-answer.ts';
import type { AdminCalls, ItemOptions } from '../admin-calls.ts';
import { toCoordinator } from '../routes.ts';
import { describeGroups } from './group-descriptions.ts';

/** A member by its id, or by the name that makes it a static one. */
export type MemberReference =
  | { readonly memberId: string; readonly groupInstanceId?: undefined }
  | { readonly groupInstanceId: string; readonly memberId?: undefined };

export interface RemoveMembersOptions extends ItemOptions<MemberReference> {
  /** All members of the group when left out. */
  readonly members?: readonly MemberReference[] | undefined;
  /** For the broker's log (Kafka 3.2). */
  readonly reason?: string | undefined;
}

/** What an admin does with the members of a group. */
export function groupMemberOperations(calls: AdminCalls) {
  return {
    /** Removes members of a group. Those that still run will join again. */
    removeMembers: async (groupId: string, options: RemoveMembersOptions = {}): Promise<void> => {
      const members = options.members ?? (await membersOf(calls, groupId, options));
      if (members.some(({ memberId, groupInstanceId }) => !memberId && !groupInstanceId)) {
        throw invalidArgument('a member needs a `memberId` or a `groupInstanceId`');
      }
      const reason = options.reason ?? 'removed by an administrator';
      await calls.each<MemberReference, null>(
        members,
        {
          route: toCoordinator(calls.cluster, 'group', () => groupId),
          keyOf,
          subjectOf: (member) => `${keyOf(member)} of group ${groupId}`,
          ask: async ({ send }, members, heard) => {
            const response = await send('LeaveGroup', {
              groupId,
              members: members.map(({ memberId, groupInstanceId }) => ({
                memberId: memberId ?? '',
                groupInstanceId: groupInstanceId ?? null,
                reason,
              })),
            });
            checkAnswer(response, `group ${groupId}`);
            for (const answer of response.members) heard(keyOf(answer), answer, null);
          },
        },
        options,
      );
    },
  };
}

async function membersOf(
  calls: AdminCalls,
  groupId: string,
  { signal, timeoutMs }: RemoveMembersOptions,
): Promise<MemberReference[]> {
  const [group] = await describeGroups(calls, [groupId], { signal, timeoutMs });
  return group!.members.map(({ memberId, groupInstanceId }) =>
    groupInstanceId === null ? { memberId } : { groupInstanceId },
  );
}

function keyOf(member: {
  readonly memberId?: string | undefined;
  readonly groupInstanceId?: string | null | undefined;
}): string {
  const { memberId, groupInstanceId } = member;
  return groupInstanceId ? `static member ${groupInstanceId}` : `member ${memberId}`;
}
