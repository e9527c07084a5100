import type { ConfigKey } from '../config-def.ts';
import { boolean, int, string } from '../config-def.ts';
import { atLeast, oneOf } from '../config-rule.ts';
import { shareOffsetReset } from '../special-rules.ts';

/** Everything that a group can be given by name. */
export const groupKeys: readonly ConfigKey[] = [
  int('consumer.session.timeout.ms', 45_000, {
    rule: atLeast(1),
    importance: 'medium',
    doc:
      'Milliseconds without a heartbeat after which a member of a consumer group is out; ' +
      '45 s by default.',
  }),
  int('consumer.heartbeat.interval.ms', 5000, {
    rule: atLeast(1),
    importance: 'medium',
    doc: 'Milliseconds between the heartbeats of a member of a consumer group; 5 s by default.',
  }),
  int('consumer.assignment.interval.ms', 1000, {
    rule: atLeast(0),
    importance: 'medium',
    doc: 'Least milliseconds between two new assignments of a consumer group; 1 s by default.',
  }),
  int('share.session.timeout.ms', 45_000, {
    rule: atLeast(1),
    importance: 'medium',
    doc:
      'Milliseconds without a heartbeat after which a member of a share group is out; 45 s ' +
      'by default.',
  }),
  int('share.heartbeat.interval.ms', 5000, {
    rule: atLeast(1),
    importance: 'medium',
    doc: 'Milliseconds between the heartbeats of a member of a share group; 5 s by default.',
  }),
  int('share.record.lock.duration.ms', 30_000, {
    rule: atLeast(1000),
    importance: 'medium',
    doc:
      'Milliseconds for which a share consumer holds the records that it acquired; 30 s by ' +
      'default.',
  }),
  int('share.delivery.count.limit', 5, {
    rule: atLeast(2),
    importance: 'medium',
    doc: 'Times that a share group delivers a record before it gives it up; 5 by default.',
  }),
  int('share.partition.max.record.locks', 2000, {
    rule: atLeast(100),
    importance: 'medium',
    doc: 'Records of one share partition that may be in flight at a time; 2000 by default.',
  }),
  string('share.auto.offset.reset', 'latest', {
    rule: shareOffsetReset,
    importance: 'medium',
    doc:
      'Where a share partition begins: `latest`, `earliest`, or `by_duration:` with an ISO ' +
      '8601 duration back from now.',
  }),
  string('share.isolation.level', 'read_uncommitted', {
    rule: oneOf('read_committed', 'read_uncommitted'),
    importance: 'medium',
    doc:
      'Whether a share group gets records of open and aborted transactions ' +
      '(`read_uncommitted`) or only of committed ones (`read_committed`).',
  }),
  boolean('share.renew.acknowledge.enable', true, {
    importance: 'medium',
    doc: 'Lets share consumers prolong their hold on a record; on by default.',
  }),
  int('share.assignment.interval.ms', 1000, {
    rule: atLeast(0),
    importance: 'medium',
    doc: 'Least milliseconds between two new assignments of a share group; 1 s by default.',
  }),
  int('streams.session.timeout.ms', 45_000, {
    rule: atLeast(1),
    importance: 'medium',
    doc:
      'Milliseconds without a heartbeat after which a member of a streams group is out; 45 ' +
      's by default.',
  }),
  int('streams.heartbeat.interval.ms', 5000, {
    rule: atLeast(1),
    importance: 'medium',
    doc: 'Milliseconds between the heartbeats of a member of a streams group; 5 s by default.',
  }),
  int('streams.num.standby.replicas', 0, {
    rule: atLeast(0),
    importance: 'medium',
    doc: 'Standby copies of each stateful task; 0 keeps none.',
  }),
  int('streams.initial.rebalance.delay.ms', 3000, {
    rule: atLeast(0),
    importance: 'medium',
    doc:
      'Milliseconds for which a new streams group waits for more members before it assigns ' +
      'tasks; 3 s by default.',
  }),
  int('streams.assignment.interval.ms', 1000, {
    rule: atLeast(0),
    importance: 'medium',
    doc: 'Least milliseconds between two new assignments of a streams group; 1 s by default.',
  }),
];
