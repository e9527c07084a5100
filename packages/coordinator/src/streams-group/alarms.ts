import type { Turn } from '../group/turn.ts';
import { watchRebalance } from './heartbeat.ts';
import { removeMember } from './leave.ts';
import type { StreamsGroup } from './streams-group.ts';
import type { StreamsAlarm } from './streams-member.ts';
import { updateTarget } from './target.ts';

/** The log was loaded: sessions start, and the time of those who are to give tasks up. */
export function loadedStreams(turn: Turn, group: StreamsGroup): void {
  const { sessionTimeoutMs } = turn.settings(group.groupId).streams;
  for (const member of group.members.values()) {
    turn.table.alarms.set(member.session, turn.now.monotonicMs + sessionTimeoutMs);
    watchRebalance(turn, member);
  }
}

export function ringStreams(turn: Turn, { groupId, memberId, about }: StreamsAlarm): void {
  const group = turn.table.find(groupId, 'streams');
  if (group === undefined) return;
  switch (about) {
    case 'session':
    case 'rebalance':
      if (group.members.has(memberId)) removeMember(turn, group, memberId);
      return;
    case 'initial':
      if (!group.isEmpty && group.configured !== null) updateTarget(turn, group);
  }
}
