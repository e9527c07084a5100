import type { ConfigKey } from '../config-def.ts';
import { int } from '../config-def.ts';
import { atLeast } from '../config-rule.ts';

/** Streams groups (KIP-1071). */
export const streamsGroupKeys: readonly ConfigKey[] = [
  int('group.streams.session.timeout.ms', 45_000, {
    rule: atLeast(1),
    importance: 'medium',
    doc:
      'Milliseconds without a heartbeat after which a member of a streams group is out; 45 ' +
      's by default.',
  }),
  int('group.streams.min.session.timeout.ms', 45_000, {
    rule: atLeast(1),
    importance: 'medium',
    doc:
      'Least session timeout in milliseconds that a streams group may be given; 45 s by ' +
      'default.',
  }),
  int('group.streams.max.session.timeout.ms', 60_000, {
    rule: atLeast(1),
    importance: 'medium',
    doc:
      'Greatest session timeout in milliseconds that a streams group may be given; a ' +
      'minute by default.',
  }),
  int('group.streams.heartbeat.interval.ms', 5000, {
    rule: atLeast(1),
    importance: 'medium',
    doc: 'Milliseconds between the heartbeats of a member of a streams group; 5 s by default.',
  }),
  int('group.streams.min.heartbeat.interval.ms', 5000, {
    rule: atLeast(1),
    importance: 'medium',
    doc:
      'Least heartbeat interval in milliseconds that a streams group may be given; 5 s by ' +
      'default.',
  }),
  int('group.streams.max.heartbeat.interval.ms', 15_000, {
    rule: atLeast(1),
    importance: 'medium',
    doc:
      'Greatest heartbeat interval in milliseconds that a streams group may be given; 15 s ' +
      'by default.',
  }),
  int('group.streams.max.size', 2_147_483_647, {
    rule: atLeast(1),
    importance: 'medium',
    doc: 'Members that a streams group may have; any number by default.',
  }),
  int('group.streams.num.standby.replicas', 0, {
    rule: atLeast(0),
    importance: 'medium',
    doc: 'Standby copies of each stateful task; 0 keeps none.',
  }),
  int('group.streams.max.standby.replicas', 2, {
    rule: atLeast(0),
    importance: 'medium',
    doc: 'Most standby copies that a streams group may be given; 2 by default.',
  }),
  int('group.streams.initial.rebalance.delay.ms', 3000, {
    rule: atLeast(0),
    importance: 'medium',
    doc: 'Milliseconds for which a new streams group waits for more members; 3 s by default.',
  }),
  int('group.streams.assignment.interval.ms', 1000, {
    rule: atLeast(0),
    importance: 'medium',
    mode: 'cluster-wide',
    doc: 'Least milliseconds between two new assignments of a streams group; 1 s by default.',
  }),
  int('group.streams.min.assignment.interval.ms', 0, {
    rule: atLeast(0),
    importance: 'medium',
    doc:
      'Least assignment interval in milliseconds that a streams group may be given; 0 by ' +
      'default.',
  }),
  int('group.streams.max.assignment.interval.ms', 15_000, {
    rule: atLeast(0),
    importance: 'medium',
    doc:
      'Greatest assignment interval in milliseconds that a streams group may be given; 15 ' +
      's by default.',
  }),
];
