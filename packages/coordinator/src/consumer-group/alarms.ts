import type { Turn } from '../group/turn.ts';
import type { ConsumerAlarm } from './consumer-alarm.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import { removeMembers } from './leave.ts';
import { continueScan } from './regexes.ts';

/** The log was loaded: sessions start, and who is giving partitions up gets its time for it anew. */
export function loadedConsumer(turn: Turn, group: ConsumerGroup): void {
  const { alarms } = turn.table;
  const { sessionTimeoutMs } = turn.settings(group.groupId).consumer;
  for (const member of group.members.values()) {
    const { ownership, subscription, session, rebalance } = member;
    alarms.set(session, turn.now.monotonicMs + sessionTimeoutMs);
    if (ownership.state !== 'UNREVOKED_PARTITIONS') continue;
    alarms.set(rebalance, turn.now.monotonicMs + subscription.rebalanceTimeoutMs);
  }
}

/** A member's time is over, whatever it was for: it is out. */
export function ringConsumer(turn: Turn, { about, groupId, memberId }: ConsumerAlarm): void {
  const group = turn.table.find(groupId, 'consumer');
  if (group === undefined) return;
  if (about === 'regexes') return continueScan(turn, group);
  const member = group.members.get(memberId);
  if (member !== undefined) removeMembers(turn, group, [member]);
}
