import type { Alarm } from '../host/alarms.ts';

/** Deadlines of the members of a consumer group. */
export interface ConsumerAlarm extends Alarm {
  readonly type: 'consumer';
  readonly about: 'session' | 'rebalance' | 'join' | 'sync';
  readonly groupId: string;
  readonly memberId: string;
}
