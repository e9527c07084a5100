import type { ConfigKey } from '../config-def.ts';
import { int, list } from '../config-def.ts';
import { listOf } from '../config-rule.ts';

/** What a client metrics subscription consists of (KIP-714). */
export const clientMetricsKeys: readonly ConfigKey[] = [
  list('metrics', [], {
    rule: listOf([], { empty: true }),
    importance: 'medium',
    doc: 'Prefixes of the metrics that matching clients push, `*` for all; none by default.',
  }),
  int('interval.ms', 300_000, {
    importance: 'medium',
    doc:
      'Milliseconds between two pushes of a client, from 100 to an hour; five minutes by ' +
      'default.',
  }),
  list('match', [], {
    rule: listOf([], { empty: true }),
    importance: 'medium',
    doc:
      'Which clients the subscription is for, as `selector=pattern` entries; every client ' +
      'by default.',
  }),
];
