import type { GroupSpec, TopicDescriber, TopicPartitions } from './assignor.ts';
import { Draft, resultOf } from './draft.ts';

interface Open {
  readonly draft: Draft;
  /** How many more partitions it may take. */
  readonly room: number;
}

/**
 * Balances partitions over members that all subscribe to the same topics. Everyone gets as many as
 * the others or one more, and keeps what it has up to that. Who has few does not claim one of those
 * extra partitions while enough others are left to take them, so that whoever has one may keep it.
 */
export function assignAlike(
  group: GroupSpec,
  topics: TopicDescriber,
): ReadonlyMap<string, TopicPartitions> {
  const { members } = group;
  const [first] = members.values();
  if (first === undefined || first.subscribedTopicIds.size === 0) return new Map();

  const free: [topicId: string, partition: number][] = [];
  let total = 0;
  for (const topicId of first.subscribedTopicIds) {
    const count = topics.partitionCount(topicId);
    for (let partition = 0; partition < count; partition++) {
      if (group.ownerOf(topicId, partition) === undefined) free.push([topicId, partition]);
    }
    total += Math.max(0, count);
  }

  const least = Math.floor(total / members.size);
  let extras = total % members.size;
  let membersLeft = members.size;
  const drafts = new Map<string, Draft>();
  const open: Open[] = [];
  for (const [memberId, { assignment }] of members) {
    const draft = new Draft(assignment);
    drafts.set(memberId, draft);
    let room = least + (extras > 0 ? 1 : 0);
    for (const [topicId, partitions] of assignment) {
      if (!first.subscribedTopicIds.has(topicId)) {
        draft.removeTopic(topicId);
        continue;
      }
      for (const partition of partitions) {
        if (room > 0) {
          room--;
        } else {
          draft.remove(topicId, partition);
          free.push([topicId, partition]);
        }
      }
    }
    let takesExtra = extras > 0;
    if (takesExtra && room > 0 && membersLeft > extras) {
      takesExtra = false;
      room--;
    }
    if (takesExtra) extras--;
    membersLeft--;
    if (room > 0) open.push({ draft, room });
  }

  handOut(free, open);
  return resultOf(drafts);
}

function handOut(free: readonly [string, number][], open: readonly Open[]): void {
  let next = 0;
  for (const { draft, room } of open) {
    for (const end = Math.min(next + room, free.length); next < end; next++) {
      draft.add(...free[next]!);
    }
  }
}
