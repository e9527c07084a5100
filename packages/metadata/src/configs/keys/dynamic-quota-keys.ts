import type { ConfigKey } from '../config-def.ts';
import { long } from '../config-def.ts';
import { atLeast } from '../config-rule.ts';
import { MAX_LONG } from '../config-value.ts';

/** What only a running broker can be given. */
export const dynamicQuotaKeys: readonly ConfigKey[] = [
  long('leader.replication.throttled.rate', MAX_LONG, {
    rule: atLeast(0),
    importance: 'medium',
    mode: 'cluster-wide',
    doc:
      'Bytes per second that throttled leaders may send to followers, set dynamically ' +
      'only; any number by default.',
  }),
  long('follower.replication.throttled.rate', MAX_LONG, {
    rule: atLeast(0),
    importance: 'medium',
    mode: 'cluster-wide',
    doc:
      'Bytes per second that throttled followers may fetch, set dynamically only; any ' +
      'number by default.',
  }),
  long('replica.alter.log.dirs.io.max.bytes.per.second', MAX_LONG, {
    rule: atLeast(0),
    importance: 'medium',
    mode: 'cluster-wide',
    doc:
      'Bytes per second that moves between log directories may take, set dynamically only; ' +
      'any number by default.',
  }),
];
