/** A partition of a topic as one share group sees it. */
export interface SharePartitionKey {
  readonly groupId: string;
  readonly topicId: string;
  readonly partition: number;
}

const UUID = /^[A-Za-z0-9_-]{22}$/;
const INT32 = /^[+-]?\d{1,10}$/;

/**
 * `group:topicId:partition`, as FindCoordinator takes it and as the partition of `__share_group_state`
 * is computed from it. A group's name may hold colons; the rest does not.
 */
export function coordinatorKey({ groupId, topicId, partition }: SharePartitionKey): string {
  return `${groupId}:${topicId}:${partition}`;
}

/** Reads a coordinator key; null where it is none. */
export function parseCoordinatorKey(key: string): SharePartitionKey | null {
  const parts = key.split(':');
  const [topicId, partition] = parts.slice(-2);
  if (parts.length < 3 || topicId === undefined || partition === undefined) return null;
  const groupId = parts.slice(0, -2).join(':');
  const index = Number(partition);
  if (groupId.trim() === '' || !UUID.test(topicId)) return null;
  if (!INT32.test(partition) || (index | 0) !== index) return null;
  return { groupId, topicId, partition: index };
}
