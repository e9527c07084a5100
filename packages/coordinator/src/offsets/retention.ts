import { ZERO_UUID } from '@tidelog/protocol';
import type { AnyGroup } from '../group/any-group.ts';
import type { Turn } from '../group/turn.ts';
import type { StoredOffset, TopicOffsets } from './offset-table.ts';

/** Deletes one committed offset. */
export function tombstone(turn: Turn, groupId: string, topic: string, partition: number): void {
  turn.emit({ kind: 'offset', groupId, topic, partition, value: null });
}

/** Deletes all offsets of a group, also those that transactions hold. */
export function deleteOffsetsOf(turn: Turn, groupId: string): void {
  const { offsets } = turn.table;
  const maps = [offsets.committed.group(groupId), ...offsets.pendingOf(groupId)];
  for (const topics of maps) {
    for (const [topic, partition] of positions(topics)) {
      if (offsets.has(groupId, topic, partition)) tombstone(turn, groupId, topic, partition);
    }
  }
}

/**
 * Deletes the offsets whose time is over (KIP-211), and groups that have neither members nor offsets.
 *
 * Offsets expire `offsets.retention.minutes` after their commit; in a group that had members, after the
 * last of them left; and never while the group's members subscribe to their topic. Where it is not
 * known what members subscribe to, nothing expires. An offset that was committed with a retention of
 * its own expires by that.
 */
export function expireOffsets(turn: Turn): void {
  turn.divisible = true;
  for (const group of turn.table.groups.values()) {
    const allGone = expireOffsetsOf(turn, group);
    if (allGone && group.canExpire) turn.emitAll(group.tombstones());
  }
}

/** Whether the group has no offsets any more, committed or in a transaction. */
function expireOffsetsOf(turn: Turn, group: AnyGroup): boolean {
  const { offsets } = turn.table;
  const baseTime = group.expiryBase();
  const pending = offsets.pendingOf(group.groupId);
  const committed = offsets.committed.group(group.groupId);
  if (baseTime === null) return committed === undefined && pending.length === 0;
  for (const [topic, partition, offset] of positions(committed)) {
    if (group.isSubscribedTo(topic)) continue;
    if (pending.some((topics) => topics.get(topic)?.has(partition))) continue;
    if (isExpired(turn, offset, baseTime)) tombstone(turn, group.groupId, topic, partition);
  }
  return offsets.committed.group(group.groupId) === undefined && pending.length === 0;
}

function isExpired(
  turn: Turn,
  offset: StoredOffset,
  baseTime: (offset: StoredOffset) => number,
): boolean {
  const { timestampMs } = turn.now;
  if (offset.expireTimestamp !== -1) return timestampMs >= offset.expireTimestamp;
  return timestampMs - baseTime(offset) >= turn.config.offsetsRetentionMs;
}

/** Deletes the offsets of topics that are gone, but not those of a new topic of the same name. */
export function topicsDeleted(
  turn: Turn,
  topics: readonly { readonly name: string; readonly id: string }[],
): void {
  turn.divisible = true;
  const { offsets } = turn.table;
  const idsByName = new Map<string, Set<string>>();
  for (const { name, id } of topics) {
    idsByName.set(name, (idsByName.get(name) ?? new Set([ZERO_UUID])).add(id));
  }
  for (const groupId of offsets.groupIds()) {
    for (const table of [offsets.committed.group(groupId), ...offsets.pendingOf(groupId)]) {
      for (const [topic, partition, offset] of positions(table)) {
        if (idsByName.get(topic)?.has(offset.topicId)) {
          tombstone(turn, groupId, topic, partition);
        }
      }
    }
  }
}

/** A copy: what is deleted meanwhile is still walked over. */
function positions(topics: TopicOffsets | undefined): [string, number, StoredOffset][] {
  const all: [string, number, StoredOffset][] = [];
  for (const [topic, partitions] of topics ?? []) {
    for (const [partition, offset] of partitions) all.push([topic, partition, offset]);
  }
  return all;
}
