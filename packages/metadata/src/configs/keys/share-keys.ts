import type { ConfigKey } from '../config-def.ts';
import { int, list, short, string } from '../config-def.ts';
import { atLeast, between, listOf } from '../config-rule.ts';

/** Share groups and the share coordinator (KIP-932). */
export const shareKeys: readonly ConfigKey[] = [
  int('group.share.session.timeout.ms', 45_000, {
    rule: atLeast(1),
    importance: 'medium',
    doc:
      'Milliseconds without a heartbeat after which a member of a share group is out; 45 s ' +
      'by default.',
  }),
  int('group.share.min.session.timeout.ms', 45_000, {
    rule: atLeast(1),
    importance: 'medium',
    doc: 'Least session timeout in milliseconds that a share group may be given; 45 s by default.',
  }),
  int('group.share.max.session.timeout.ms', 60_000, {
    rule: atLeast(1),
    importance: 'medium',
    doc:
      'Greatest session timeout in milliseconds that a share group may be given; a minute ' +
      'by default.',
  }),
  int('group.share.heartbeat.interval.ms', 5000, {
    rule: atLeast(1),
    importance: 'medium',
    doc: 'Milliseconds between the heartbeats of a member of a share group; 5 s by default.',
  }),
  int('group.share.min.heartbeat.interval.ms', 5000, {
    rule: atLeast(1),
    importance: 'medium',
    doc:
      'Least heartbeat interval in milliseconds that a share group may be given; 5 s by ' +
      'default.',
  }),
  int('group.share.max.heartbeat.interval.ms', 15_000, {
    rule: atLeast(1),
    importance: 'medium',
    doc:
      'Greatest heartbeat interval in milliseconds that a share group may be given; 15 s ' +
      'by default.',
  }),
  int('group.share.max.size', 200, {
    rule: between(1, 1000),
    importance: 'medium',
    doc: 'Members that a share group may have; 200 by default.',
  }),
  list('group.share.assignors', ['simple'], {
    rule: listOf([]),
    importance: 'medium',
    doc: 'The one assignor of share groups; simple by default.',
  }),
  int('group.share.assignment.interval.ms', 1000, {
    rule: atLeast(0),
    importance: 'medium',
    mode: 'cluster-wide',
    doc: 'Least milliseconds between two new assignments of a share group; 1 s by default.',
  }),
  int('group.share.min.assignment.interval.ms', 0, {
    rule: atLeast(0),
    importance: 'medium',
    doc: 'Least assignment interval in milliseconds that a share group may be given; 0 by default.',
  }),
  int('group.share.max.assignment.interval.ms', 15_000, {
    rule: atLeast(0),
    importance: 'medium',
    doc:
      'Greatest assignment interval in milliseconds that a share group may be given; 15 s ' +
      'by default.',
  }),
  int('group.share.initialize.retry.interval.ms', 30_000, {
    rule: atLeast(1),
    importance: 'low',
    internal: true,
    doc:
      'Milliseconds before the state of a share group is initialised again after a ' +
      'failure; 30 s by default.',
  }),
  int('group.share.delivery.count.limit', 5, {
    rule: between(2, 10),
    importance: 'medium',
    doc: 'Times that a share group delivers a record before it gives it up; 5 by default.',
  }),
  int('group.share.max.delivery.count.limit', 10, {
    rule: between(5, 25),
    importance: 'medium',
    doc: 'Greatest delivery limit that a share group may be given; 10 by default.',
  }),
  int('group.share.min.delivery.count.limit', 2, {
    rule: between(2, 5),
    importance: 'medium',
    doc: 'Least delivery limit that a share group may be given; 2 by default.',
  }),
  int('group.share.record.lock.duration.ms', 30_000, {
    rule: between(1000, 3_600_000),
    importance: 'medium',
    doc:
      'Milliseconds for which a share consumer holds the records that it acquired; 30 s by ' +
      'default.',
  }),
  int('group.share.min.record.lock.duration.ms', 15_000, {
    rule: between(1000, 30_000),
    importance: 'medium',
    doc: 'Least hold in milliseconds that a share group may be given; 15 s by default.',
  }),
  int('group.share.max.record.lock.duration.ms', 60_000, {
    rule: between(30_000, 3_600_000),
    importance: 'medium',
    doc: 'Greatest hold in milliseconds that a share group may be given; a minute by default.',
  }),
  int('group.share.partition.max.record.locks', 2000, {
    rule: between(100, 10_000),
    importance: 'medium',
    doc: 'Records of one share partition that may be in flight at a time; 2000 by default.',
  }),
  int('group.share.max.partition.max.record.locks', 4000, {
    rule: between(2000, 10_000),
    importance: 'medium',
    doc: 'Most records in flight that a share group may be given; 4000 by default.',
  }),
  int('group.share.min.partition.max.record.locks', 100, {
    rule: between(100, 2000),
    importance: 'medium',
    doc: 'Fewest records in flight that a share group may be given; 100 by default.',
  }),
  int('share.fetch.purgatory.purge.interval.requests', 1000, {
    importance: 'medium',
    doc: 'Finished requests after which waiting share fetches are cleaned up; 1000 by default.',
  }),
  int('group.share.max.share.sessions', 2000, {
    rule: atLeast(1),
    importance: 'medium',
    doc: 'Share sessions that a broker keeps; 2000 by default.',
  }),
  string(
    'group.share.persister.class.name',
    'org.apache.kafka.server.share.persister.DefaultStatePersister',
    {
      importance: 'medium',
      internal: true,
      doc:
        'Class that keeps the state of share groups; the one over the share coordinator by ' +
        'default.',
    },
  ),
  int('share.coordinator.state.topic.num.partitions', 50, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'Partitions of the share state topic, which must not change later; 50 by default.',
  }),
  short('share.coordinator.state.topic.replication.factor', 3, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'Replicas of the share state topic; 3 by default.',
  }),
  short('share.coordinator.state.topic.min.isr', 2, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'In-sync replicas that a write to the share state topic needs; 2 by default.',
  }),
  int('share.coordinator.state.topic.segment.bytes', 104_857_600, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'Bytes at which a segment of the share state topic is closed; 100 MiB by default.',
  }),
  int('share.coordinator.threads', 1, {
    rule: atLeast(1),
    importance: 'medium',
    doc: 'Threads of the share coordinator; 1 by default.',
  }),
  int('share.coordinator.snapshot.update.records.per.snapshot', 500, {
    rule: between(0, 500),
    importance: 'medium',
    doc: 'Updates of a share partition after which its whole state is written; 500 by default.',
  }),
  int('share.coordinator.load.buffer.size', 5_242_880, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'Bytes that are read at once when the share state topic is loaded; 5 MiB by default.',
  }),
  int('share.coordinator.state.topic.compression.codec', 0, {
    importance: 'high',
    doc: 'Codec of the share state topic by number; 0 is none.',
  }),
  int('share.coordinator.append.linger.ms', -1, {
    rule: atLeast(-1),
    importance: 'medium',
    doc:
      'Milliseconds for which the share coordinator gathers records before it writes them; ' +
      '-1 adapts to the load.',
  }),
  int('share.coordinator.write.timeout.ms', 5000, {
    rule: atLeast(1),
    importance: 'high',
    doc:
      'Milliseconds that a write to the share state topic may take to reach the replicas; ' +
      '5 s by default.',
  }),
  int('share.coordinator.state.topic.prune.interval.ms', 300_000, {
    rule: atLeast(1),
    importance: 'low',
    internal: true,
    doc:
      'Milliseconds between two deletions of what the share state topic no longer needs; ' +
      'five minutes by default.',
  }),
  int('share.coordinator.cold.partition.snapshot.interval.ms', 300_000, {
    rule: atLeast(1),
    importance: 'low',
    internal: true,
    doc:
      'Milliseconds after which the state of an idle share partition is written again; ' +
      'five minutes by default.',
  }),
  int('share.coordinator.cached.buffer.max.bytes', 1_048_588, {
    rule: atLeast(524_288),
    importance: 'medium',
    mode: 'cluster-wide',
    doc:
      'Bytes of write buffer that the share coordinator keeps for reuse; a little over 1 ' +
      'MiB by default.',
  }),
];
