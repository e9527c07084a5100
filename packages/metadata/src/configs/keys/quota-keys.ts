import type { ConfigKey } from '../config-def.ts';
import { classNamed, int } from '../config-def.ts';
import { atLeast } from '../config-rule.ts';

/** Quotas of clients, of replication and of the controller. */
export const quotaKeys: readonly ConfigKey[] = [
  int('quota.window.num', 11, {
    rule: atLeast(1),
    importance: 'low',
    doc: 'Samples that client quotas look back on; 11 by default.',
  }),
  int('replication.quota.window.num', 11, {
    rule: atLeast(1),
    importance: 'low',
    doc: 'Samples that replication quotas look back on; 11 by default.',
  }),
  int('alter.log.dirs.replication.quota.window.num', 11, {
    rule: atLeast(1),
    importance: 'low',
    doc: 'Samples that the quota of moves between log directories looks back on; 11 by default.',
  }),
  int('controller.quota.window.num', 11, {
    rule: atLeast(1),
    importance: 'low',
    doc: 'Samples that the quota of controller mutations looks back on; 11 by default.',
  }),
  int('quota.window.size.seconds', 1, {
    rule: atLeast(1),
    importance: 'low',
    doc: 'Seconds that one sample of client quotas covers; 1 by default.',
  }),
  int('replication.quota.window.size.seconds', 1, {
    rule: atLeast(1),
    importance: 'low',
    doc: 'Seconds that one sample of replication quotas covers; 1 by default.',
  }),
  int('alter.log.dirs.replication.quota.window.size.seconds', 1, {
    rule: atLeast(1),
    importance: 'low',
    doc:
      'Seconds that one sample of the quota of moves between log directories covers; 1 by ' +
      'default.',
  }),
  int('controller.quota.window.size.seconds', 1, {
    rule: atLeast(1),
    importance: 'low',
    doc: 'Seconds that one sample of the quota of controller mutations covers; 1 by default.',
  }),
  classNamed('client.quota.callback.class', null, {
    importance: 'low',
    doc: 'Class that decides the quotas of clients; the stored quotas by default.',
  }),
];
