import type { ConfigKey } from '../config-def.ts';
import { int, list, long, short, string } from '../config-def.ts';
import { atLeast, listOf, oneOfIgnoringCase } from '../config-rule.ts';

/** The group coordinator, committed offsets, classic and consumer groups. */
export const groupCoordinatorKeys: readonly ConfigKey[] = [
  list('group.coordinator.rebalance.protocols', ['classic', 'consumer', 'streams'], {
    rule: listOf(['consumer', 'classic', 'share', 'streams']),
    importance: 'medium',
    doc:
      'Group protocols that are served, deprecated because features decide it; classic, ' +
      'consumer and streams by default.',
  }),
  int('group.coordinator.threads', 4, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'Threads of the group coordinator; 4 by default.',
  }),
  int('group.coordinator.background.threads', 2, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'Threads for the slower work of the group coordinator; 2 by default.',
  }),
  int('group.coordinator.append.linger.ms', -1, {
    rule: atLeast(-1),
    importance: 'medium',
    doc:
      'Milliseconds for which the group coordinator gathers records before it writes them; ' +
      '-1 adapts to the load.',
  }),
  int('offsets.commit.timeout.ms', 5000, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'Milliseconds that a commit may take to reach the replicas; 5 s by default.',
  }),
  int('offsets.load.buffer.size', 5_242_880, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'Bytes that are read at once when the offsets topic is loaded; 5 MiB by default.',
  }),
  short('offsets.topic.replication.factor', 3, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'Replicas of the offsets topic; 3 by default.',
  }),
  int('offsets.topic.num.partitions', 50, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'Partitions of the offsets topic, which must not change later; 50 by default.',
  }),
  int('offsets.topic.segment.bytes', 104_857_600, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'Bytes at which a segment of the offsets topic is closed; 100 MiB by default.',
  }),
  int('offsets.topic.compression.codec', 0, {
    importance: 'high',
    doc: 'Codec of the offsets topic by number; 0 is none.',
  }),
  int('group.coordinator.cached.buffer.max.bytes', 1_048_588, {
    rule: atLeast(524_288),
    importance: 'medium',
    mode: 'cluster-wide',
    doc:
      'Bytes of write buffer that the group coordinator keeps for reuse; a little over 1 ' +
      'MiB by default.',
  }),
  int('offset.metadata.max.bytes', 4096, {
    importance: 'high',
    doc: 'Bytes of metadata that a commit may carry for a partition; 4096 by default.',
  }),
  int('offsets.retention.minutes', 10_080, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'Minutes for which offsets outlive their group or its subscription; a week by default.',
  }),
  long('offsets.retention.check.interval.ms', 600_000, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'Milliseconds between two looks for offsets to expire; ten minutes by default.',
  }),
  int('group.min.session.timeout.ms', 6000, {
    importance: 'medium',
    doc: 'Least session timeout in milliseconds that a classic member may ask for; 6 s by default.',
  }),
  int('group.max.session.timeout.ms', 1_800_000, {
    importance: 'medium',
    doc:
      'Greatest session timeout in milliseconds that a classic member may ask for; 30 ' +
      'minutes by default.',
  }),
  int('group.initial.rebalance.delay.ms', 3000, {
    importance: 'medium',
    doc: 'Milliseconds for which a new classic group waits for more members; 3 s by default.',
  }),
  int('group.max.size', 2_147_483_647, {
    rule: atLeast(1),
    importance: 'medium',
    doc: 'Members that a classic group may have; any number by default.',
  }),
  int('group.consumer.session.timeout.ms', 45_000, {
    rule: atLeast(1),
    importance: 'medium',
    doc:
      'Milliseconds without a heartbeat after which a member of a consumer group is out; ' +
      '45 s by default.',
  }),
  int('group.consumer.min.session.timeout.ms', 45_000, {
    rule: atLeast(1),
    importance: 'medium',
    doc:
      'Least session timeout in milliseconds that a consumer group may be given; 45 s by ' +
      'default.',
  }),
  int('group.consumer.max.session.timeout.ms', 60_000, {
    rule: atLeast(1),
    importance: 'medium',
    doc:
      'Greatest session timeout in milliseconds that a consumer group may be given; a ' +
      'minute by default.',
  }),
  int('group.consumer.heartbeat.interval.ms', 5000, {
    rule: atLeast(1),
    importance: 'medium',
    doc: 'Milliseconds between the heartbeats of a member of a consumer group; 5 s by default.',
  }),
  int('group.consumer.min.heartbeat.interval.ms', 5000, {
    rule: atLeast(1),
    importance: 'medium',
    doc:
      'Least heartbeat interval in milliseconds that a consumer group may be given; 5 s by ' +
      'default.',
  }),
  int('group.consumer.max.heartbeat.interval.ms', 15_000, {
    rule: atLeast(1),
    importance: 'medium',
    doc:
      'Greatest heartbeat interval in milliseconds that a consumer group may be given; 15 ' +
      's by default.',
  }),
  int('group.consumer.max.size', 2_147_483_647, {
    rule: atLeast(1),
    importance: 'medium',
    doc: 'Members that a consumer group may have; any number by default.',
  }),
  list('group.consumer.assignors', ['uniform', 'range'], {
    rule: listOf([]),
    importance: 'medium',
    doc:
      'Assignors that consumer groups may use, the first being their default; uniform and ' +
      'range by default.',
  }),
  string('group.consumer.migration.policy', 'bidirectional', {
    rule: oneOfIgnoringCase('DISABLED', 'DOWNGRADE', 'UPGRADE', 'BIDIRECTIONAL'),
    importance: 'medium',
    doc:
      'Which groups may change protocol while they have members: `disabled`, `upgrade`, ' +
      '`downgrade` or `bidirectional`; both ways by default.',
  }),
  int('group.consumer.assignment.interval.ms', 1000, {
    rule: atLeast(0),
    importance: 'medium',
    mode: 'cluster-wide',
    doc: 'Least milliseconds between two new assignments of a consumer group; 1 s by default.',
  }),
  int('group.consumer.min.assignment.interval.ms', 0, {
    rule: atLeast(0),
    importance: 'medium',
    doc:
      'Least assignment interval in milliseconds that a consumer group may be given; 0 by ' +
      'default.',
  }),
  int('group.consumer.max.assignment.interval.ms', 15_000, {
    rule: atLeast(0),
    importance: 'medium',
    doc:
      'Greatest assignment interval in milliseconds that a consumer group may be given; 15 ' +
      's by default.',
  }),
  int('group.consumer.regex.refresh.interval.ms', 600_000, {
    rule: atLeast(10_000),
    importance: 'medium',
    internal: true,
    doc:
      'Milliseconds between two looks for topics that match subscribed expressions; ten ' +
      'minutes by default.',
  }),
];
