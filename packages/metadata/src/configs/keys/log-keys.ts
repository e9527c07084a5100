import type { ConfigKey } from '../config-def.ts';
import { boolean, classNamed, int, list, long, string } from '../config-def.ts';
import { atLeast, listOf, oneOf } from '../config-rule.ts';
import { MAX_LONG } from '../config-value.ts';

/** Logs on disk, and what topics without configs of their own get. */
export const logKeys: readonly ConfigKey[] = [
  int('num.partitions', 1, {
    rule: atLeast(1),
    importance: 'medium',
    doc: 'Partitions of a topic that is created without a number; 1 by default.',
  }),
  list('log.dir', ['/tmp/kafka-logs'], {
    rule: listOf([]),
    importance: 'high',
    doc: 'Directory of the logs when log.dirs is not set; /tmp/kafka-logs by default.',
  }),
  list('log.dirs', null, {
    rule: listOf([], { null: true }),
    importance: 'high',
    doc: 'Directories of the logs, separated by commas; log.dir by default.',
  }),
  list('cordoned.log.dirs', [], {
    rule: listOf([], { empty: true, null: true }),
    importance: 'medium',
    mode: 'per-broker',
    doc: 'Log directories that get no new partitions, or `*` for all of them; none by default.',
  }),
  int('log.segment.bytes', 1_073_741_824, {
    rule: atLeast(1_048_576),
    importance: 'high',
    mode: 'cluster-wide',
    doc: 'Bytes at which a segment is closed, for topics without their own; 1 GiB by default.',
  }),
  long('log.roll.ms', null, {
    importance: 'high',
    mode: 'cluster-wide',
    doc:
      'Milliseconds after which a segment is closed, for topics without their own; ' +
      'log.roll.hours by default.',
  }),
  int('log.roll.hours', 168, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'Hours after which a segment is closed when log.roll.ms is not set; a week by default.',
  }),
  long('log.roll.jitter.ms', null, {
    importance: 'high',
    mode: 'cluster-wide',
    doc:
      'Most milliseconds by which a roll is randomly brought forward; ' +
      'log.roll.jitter.hours by default.',
  }),
  int('log.roll.jitter.hours', 0, {
    rule: atLeast(0),
    importance: 'high',
    doc:
      'Most hours by which a roll is randomly brought forward when log.roll.jitter.ms is ' +
      'not set; 0 by default.',
  }),
  long('log.retention.ms', null, {
    importance: 'high',
    mode: 'cluster-wide',
    doc:
      'Milliseconds for which records are kept, for topics without their own; ' +
      'log.retention.minutes by default, -1 for ever.',
  }),
  int('log.retention.minutes', null, {
    importance: 'high',
    doc:
      'Minutes for which records are kept when log.retention.ms is not set; ' +
      'log.retention.hours by default.',
  }),
  int('log.retention.hours', 168, {
    importance: 'high',
    doc:
      'Hours for which records are kept when neither milliseconds nor minutes are set; a ' +
      'week by default.',
  }),
  long('log.retention.bytes', -1, {
    importance: 'high',
    mode: 'cluster-wide',
    doc: 'Bytes that one partition may hold, for topics without their own; -1 sets no limit.',
  }),
  long('log.retention.check.interval.ms', 300_000, {
    rule: atLeast(1),
    importance: 'medium',
    doc: 'Milliseconds between two looks for segments to delete; five minutes by default.',
  }),
  list('log.cleanup.policy', ['delete'], {
    rule: listOf(['compact', 'delete'], { empty: true }),
    importance: 'medium',
    mode: 'cluster-wide',
    doc:
      'What happens to old segments of topics without their own policy: `delete`, ' +
      '`compact` or both; `delete` by default.',
  }),
  int('log.index.size.max.bytes', 10_485_760, {
    rule: atLeast(4),
    importance: 'medium',
    mode: 'cluster-wide',
    doc:
      'Bytes that the offset index of one segment may reach, for topics without their own; ' +
      '10 MiB by default.',
  }),
  int('log.index.interval.bytes', 4096, {
    rule: atLeast(0),
    importance: 'medium',
    mode: 'cluster-wide',
    doc:
      'Bytes of log between two entries of the offset index, for topics without their own; ' +
      '4096 by default.',
  }),
  long('log.flush.interval.messages', MAX_LONG, {
    rule: atLeast(1),
    importance: 'high',
    mode: 'cluster-wide',
    doc:
      'Records after which a log is forced to disk, for topics without their own; never by ' +
      'count by default.',
  }),
  long('log.segment.delete.delay.ms', 60_000, {
    rule: atLeast(0),
    importance: 'high',
    mode: 'cluster-wide',
    doc:
      'Milliseconds between dropping a segment and deleting its files, for topics without ' +
      'their own; a minute by default.',
  }),
  long('log.flush.scheduler.interval.ms', MAX_LONG, {
    importance: 'high',
    doc: 'Milliseconds between two looks for logs to be forced to disk; the default never looks.',
  }),
  long('log.flush.interval.ms', null, {
    importance: 'high',
    mode: 'cluster-wide',
    doc:
      'Milliseconds after which a log is forced to disk, for topics without their own; ' +
      'log.flush.scheduler.interval.ms by default.',
  }),
  int('log.flush.offset.checkpoint.interval.ms', 60_000, {
    rule: atLeast(0),
    importance: 'high',
    doc: 'Milliseconds between two writes of the recovery points; a minute by default.',
  }),
  int('log.flush.start.offset.checkpoint.interval.ms', 60_000, {
    rule: atLeast(0),
    importance: 'high',
    doc: 'Milliseconds between two writes of the log start offsets; a minute by default.',
  }),
  boolean('log.preallocate', false, {
    importance: 'medium',
    mode: 'cluster-wide',
    doc:
      'Reserves the whole file of a new segment in advance, for topics without their own; ' +
      'off by default.',
  }),
  int('num.recovery.threads.per.data.dir', 2, {
    rule: atLeast(1),
    importance: 'high',
    mode: 'cluster-wide',
    doc:
      'Threads for each log directory that recover logs at the start and flush them at the ' +
      'stop; 2 by default.',
  }),
  boolean('auto.create.topics.enable', true, {
    importance: 'high',
    doc: 'Creates a topic when a client asks for one that is not there; on by default.',
  }),
  int('min.insync.replicas', 1, {
    rule: atLeast(1),
    importance: 'high',
    mode: 'cluster-wide',
    doc:
      'In-sync replicas that a write with acks=all needs, for topics without their own; 1 ' +
      'by default.',
  }),
  string('log.message.timestamp.type', 'CreateTime', {
    rule: oneOf('CreateTime', 'LogAppendTime'),
    importance: 'medium',
    mode: 'cluster-wide',
    doc:
      'Whose clock stamps records of topics without their own: `CreateTime` of the ' +
      'producer or `LogAppendTime` of the broker; the former by default.',
  }),
  long('log.message.timestamp.before.max.ms', MAX_LONG, {
    rule: atLeast(0),
    importance: 'medium',
    mode: 'cluster-wide',
    doc:
      'Milliseconds by which a timestamp may lie behind the clock of the broker, for ' +
      'topics without their own; any by default.',
  }),
  long('log.message.timestamp.after.max.ms', 3_600_000, {
    rule: atLeast(0),
    importance: 'medium',
    mode: 'cluster-wide',
    doc:
      'Milliseconds by which a timestamp may lie ahead of the clock of the broker, for ' +
      'topics without their own; an hour by default.',
  }),
  classNamed('create.topic.policy.class.name', null, {
    importance: 'low',
    doc: 'Class on the controller that may refuse a new topic; none by default.',
  }),
  classNamed('alter.config.policy.class.name', null, {
    importance: 'low',
    doc: 'Class on the controller that may refuse a change of configs; none by default.',
  }),
  long('log.dir.failure.timeout.ms', 30_000, {
    rule: atLeast(1),
    importance: 'low',
    doc:
      'Milliseconds that a broker has to report a broken log directory before it stops; 30 ' +
      's by default.',
  }),
  long('log.initial.task.delay.ms', 30_000, {
    rule: atLeast(0),
    importance: 'low',
    internal: true,
    doc: 'Milliseconds before the background work on logs begins, for tests; 30 s by default.',
  }),
];
