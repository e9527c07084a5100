import type { ConfigKey } from '../config-def.ts';
import { boolean, double, int, list, long, string } from '../config-def.ts';
import { atLeast, between, listOf, oneOf } from '../config-rule.ts';
import { gzipLevel, throttledReplicas } from '../special-rules.ts';
import { MAX_LONG } from '../config-value.ts';
import { tidelogTopicKeys } from './tidelog-keys.ts';

/** Everything that a topic can be given, in the order of Apache Kafka 4.3. */
export const topicKeys: readonly ConfigKey[] = [
  int('segment.bytes', 1_073_741_824, {
    rule: atLeast(1_048_576),
    importance: 'medium',
    doc: 'Bytes at which a log segment is closed and the next one begun; 1 GiB by default.',
  }),
  long('segment.ms', 604_800_000, {
    rule: atLeast(1),
    importance: 'medium',
    doc:
      'Milliseconds after which a segment is closed even when it is not full; a week by ' +
      'default.',
  }),
  long('segment.jitter.ms', 0, {
    rule: atLeast(0),
    importance: 'medium',
    doc:
      'Most milliseconds by which a roll is randomly brought forward, so that partitions ' +
      'do not roll all at once; 0 rolls on time.',
  }),
  int('segment.index.bytes', 10_485_760, {
    rule: atLeast(4),
    importance: 'medium',
    doc:
      'Bytes that the offset index of one segment may reach before the segment rolls; 10 ' +
      'MiB by default.',
  }),
  long('flush.messages', MAX_LONG, {
    rule: atLeast(1),
    importance: 'medium',
    doc: 'Records after which the log is forced to disk; the default never forces by count.',
  }),
  long('flush.ms', MAX_LONG, {
    rule: atLeast(0),
    importance: 'medium',
    doc: 'Milliseconds after which the log is forced to disk; the default leaves it to the broker.',
  }),
  long('retention.bytes', -1, {
    importance: 'medium',
    doc:
      'Bytes that one partition may hold before its oldest segments are deleted; -1 sets ' +
      'no limit.',
  }),
  long('retention.ms', 604_800_000, {
    rule: atLeast(-1),
    importance: 'medium',
    doc:
      'Milliseconds for which records are kept before their segment may be deleted; -1 ' +
      'keeps them for ever, a week by default.',
  }),
  int('max.message.bytes', 1_048_588, {
    rule: atLeast(0),
    importance: 'medium',
    doc: 'Bytes that one record batch may have, as it arrives; a little over 1 MiB by default.',
  }),
  int('index.interval.bytes', 4096, {
    rule: atLeast(0),
    importance: 'medium',
    doc: 'Bytes of log between two entries of the offset index; 4096 by default.',
  }),
  long('delete.retention.ms', 86_400_000, {
    rule: atLeast(0),
    importance: 'medium',
    doc:
      'Milliseconds for which a tombstone outlives its compaction, so that readers see it; ' +
      'a day by default.',
  }),
  long('min.compaction.lag.ms', 0, {
    rule: atLeast(0),
    importance: 'medium',
    doc:
      'Milliseconds for which a record is left alone by compaction; 0 lets it be compacted ' +
      'at once.',
  }),
  long('max.compaction.lag.ms', MAX_LONG, {
    rule: atLeast(1),
    importance: 'medium',
    doc:
      'Milliseconds after which a record must become eligible for compaction; the default ' +
      'sets no deadline.',
  }),
  long('file.delete.delay.ms', 60_000, {
    rule: atLeast(0),
    importance: 'medium',
    doc: 'Milliseconds between dropping a segment and deleting its files; a minute by default.',
  }),
  double('min.cleanable.dirty.ratio', 0.5, {
    rule: between(0, 1),
    importance: 'medium',
    doc:
      'Share of the log that must be uncompacted before it is compacted; 0.5 waits for ' +
      'half of it.',
  }),
  list('cleanup.policy', ['delete'], {
    rule: listOf(['compact', 'delete'], { empty: true }),
    importance: 'medium',
    doc:
      'What happens to old segments: `delete` drops them, `compact` keeps the last record ' +
      'of each key; both may be named, and an empty list keeps everything.',
  }),
  boolean('unclean.leader.election.enable', false, {
    importance: 'medium',
    doc:
      'Lets a replica that is not in sync become leader when none other is left, at the ' +
      'price of lost records; off by default.',
  }),
  int('min.insync.replicas', 1, {
    rule: atLeast(1),
    importance: 'medium',
    doc: 'In-sync replicas that a write with acks=all needs, the leader among them; 1 by default.',
  }),
  string('compression.type', 'producer', {
    rule: oneOf('uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'),
    importance: 'medium',
    doc: 'Codec in which the broker stores batches; `producer` keeps the one that they came in.',
  }),
  int('compression.gzip.level', -1, {
    rule: gzipLevel,
    importance: 'medium',
    doc:
      'Level that is used when the broker itself compresses with gzip; -1 is the default ' +
      'of zlib.',
  }),
  int('compression.lz4.level', 9, {
    rule: between(1, 17),
    importance: 'medium',
    doc: 'Level that is used when the broker itself compresses with lz4; 9 by default.',
  }),
  int('compression.zstd.level', 3, {
    rule: between(-131_072, 22),
    importance: 'medium',
    doc: 'Level that is used when the broker itself compresses with zstd; 3 by default.',
  }),
  boolean('preallocate', false, {
    importance: 'medium',
    doc: 'Reserves the whole file of a new segment on disk in advance; off by default.',
  }),
  string('message.timestamp.type', 'CreateTime', {
    rule: oneOf('CreateTime', 'LogAppendTime'),
    importance: 'medium',
    doc:
      'Whose clock stamps a record: `CreateTime` keeps that of the producer, ' +
      '`LogAppendTime` puts that of the broker.',
  }),
  long('message.timestamp.before.max.ms', MAX_LONG, {
    rule: atLeast(0),
    importance: 'medium',
    doc:
      'Milliseconds by which the timestamp of a record may lie behind the clock of the ' +
      'broker; any by default.',
  }),
  long('message.timestamp.after.max.ms', 3_600_000, {
    rule: atLeast(0),
    importance: 'medium',
    doc:
      'Milliseconds by which the timestamp of a record may lie ahead of the clock of the ' +
      'broker; an hour by default.',
  }),
  list('leader.replication.throttled.replicas', [], {
    rule: throttledReplicas,
    importance: 'medium',
    doc:
      'Replicas that are throttled on the leader, as partition:broker pairs or `*` for ' +
      'all; none by default.',
  }),
  list('follower.replication.throttled.replicas', [], {
    rule: throttledReplicas,
    importance: 'medium',
    doc:
      'Replicas that are throttled on the follower, as partition:broker pairs or `*` for ' +
      'all; none by default.',
  }),
  boolean('remote.storage.enable', false, {
    importance: 'medium',
    doc: 'Copies closed segments of the topic to remote storage; off by default.',
  }),
  long('local.retention.ms', -2, {
    rule: atLeast(-2),
    importance: 'medium',
    doc:
      'Milliseconds for which a segment that was copied away stays on local disk; -2 ' +
      'follows retention.ms.',
  }),
  long('local.retention.bytes', -2, {
    rule: atLeast(-2),
    importance: 'medium',
    doc:
      'Bytes of copied segments that stay on local disk for a partition; -2 follows ' +
      'retention.bytes.',
  }),
  boolean('remote.log.copy.disable', false, {
    importance: 'medium',
    doc: 'Stops copying to remote storage and leaves what is there readable; off by default.',
  }),
  boolean('remote.log.delete.on.disable', false, {
    importance: 'medium',
    doc:
      'Deletes the remote data of the topic when remote storage is turned off for it; off ' +
      'by default.',
  }),
  int('internal.segment.bytes', null, {
    importance: 'medium',
    internal: true,
    doc: 'Segment size in bytes without a lower bound, for tests only; not set by default.',
  }),
  ...tidelogTopicKeys,
];
