import type { Turn } from '../group/turn.ts';
import type { ClassicGroup } from './classic-group.ts';
import type { ClassicAlarm } from './classic-member.ts';
import { joinPhaseOver, prepareRebalance, restartSession, syncPhaseOver } from './rebalance.ts';
import { sessionOver } from './session.ts';

/** The log was loaded: sessions start, and a group that is too large now is thinned out. */
export function loadedClassic(turn: Turn, group: ClassicGroup): void {
  for (const member of group.members.values()) restartSession(turn, member);
  if (group.members.size > turn.config.maxGroupSize) prepareRebalance(turn, group);
}

export function ringClassic(turn: Turn, alarm: ClassicAlarm): void {
  switch (alarm.about) {
    case 'session':
      return sessionOver(turn, alarm.group, alarm.memberId);
    case 'join':
      return joinPhaseOver(turn, alarm.group);
    case 'sync':
      return syncPhaseOver(turn, alarm.group);
  }
}
