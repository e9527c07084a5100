import type { AdminCalls } from '../admin-calls.ts';
import { describeGroups, type DescribeGroupsOptions } from './group-descriptions.ts';
import { groupListOperations } from './group-listings.ts';
import { groupMemberOperations } from './group-members.ts';
import { groupOffsetOperations } from './group-offsets.ts';
import { shareGroupOperations } from './share-groups.ts';
import { streamsGroupOperations } from './streams-groups.ts';

/** What an admin does with groups: those of consumers in files for each job, the others for each type. */
export function groupOperations(calls: AdminCalls) {
  return {
    ...groupListOperations(calls),
    /** Groups of the classic protocol, of consumers and others, and of the new one (KIP-848). */
    describeGroups: (groupIds: readonly string[], options: DescribeGroupsOptions = {}) =>
      describeGroups(calls, groupIds, options),
    ...groupMemberOperations(calls),
    ...groupOffsetOperations(calls),
    ...shareGroupOperations(calls),
    ...streamsGroupOperations(calls),
  };
}
