import {
  errors,
  type KafkaError,
  type RequestOf,
  type ResponseOf,
  ZERO_UUID,
} from '@tidelog/protocol';
import type { GroupFetch, GroupFetched } from '../offsets/commands.ts';

/** From this version on one request asks for several groups (KIP-709). */
const GROUPS_VERSION = 8;
/** From this version on a group can be in error as a whole. */
const GROUP_ERROR_VERSION = 2;

/** The groups that a request of any version asks for. */
export function groupsOf(
  request: RequestOf<'OffsetFetch'>,
  apiVersion: number,
): readonly GroupFetch[] {
  if (apiVersion >= GROUPS_VERSION) return request.groups;
  const topics = request.topics?.map((topic) => ({ ...topic, topicId: ZERO_UUID })) ?? null;
  return [{ groupId: request.groupId, memberId: null, memberEpoch: -1, topics }];
}

/** The answer in the shape of a version. */
export function answerFetch(
  groups: readonly GroupFetched[],
  apiVersion: number,
): ResponseOf<'OffsetFetch'> {
  if (apiVersion >= GROUPS_VERSION) return { groups };
  const [group] = groups;
  return { topics: group?.topics ?? [], errorCode: group?.errorCode ?? errors.NONE.code };
}

/** A group whose offsets cannot be told. */
export function failedFetch(
  fetch: GroupFetch,
  error: KafkaError,
  apiVersion: number,
): GroupFetched {
  // Consumers before 3.9 don't know this one here; the other makes them look for the coordinator.
  const { code } = error === errors.COORDINATOR_NOT_AVAILABLE ? errors.NOT_COORDINATOR : error;
  const { groupId } = fetch;
  if (apiVersion >= GROUP_ERROR_VERSION) return { groupId, topics: [], errorCode: code };
  return {
    groupId,
    errorCode: errors.NONE.code,
    topics: (fetch.topics ?? []).map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => ({
        partitionIndex,
        committedOffset: -1,
        committedLeaderEpoch: -1,
        metadata: '',
        errorCode: code,
      })),
    })),
  };
}
