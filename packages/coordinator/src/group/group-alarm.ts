import type { ClassicAlarm } from '../classic-group/classic-member.ts';
import type { ConsumerAlarm } from '../consumer-group/consumer-alarm.ts';
import type { Alarm } from '../host/alarms.ts';
import type { ShareAlarm } from '../share-group/share-member.ts';
import type { StreamsAlarm } from '../streams-group/streams-member.ts';

/** What a deadline is about: `type` says whose it is. Each kind of group has its own. */
export type GroupAlarm = ClassicAlarm | ConsumerAlarm | ShareAlarm | StreamsAlarm | ExpiryAlarm;

/** Offsets are looked over for what has expired. */
export interface ExpiryAlarm extends Alarm {
  readonly type: 'expiry';
}

/** The fields of an alarm that is off. */
export const OFF = { deadlineMs: Infinity, queuedMs: Infinity } as const;
