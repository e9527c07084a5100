import type { Alarm } from '../host/alarms.ts';

/** Deadlines of the members of a consumer group, and of the group itself (no member). */
export interface ConsumerAlarm extends Alarm {
  readonly type: 'consumer';
  readonly about: 'session' | 'rebalance' | 'join' | 'sync' | 'regexes';
  readonly groupId: string;
  readonly memberId: string;
}
