import type { ConfigKey } from '../config-def.ts';
import { boolean, int, long, string } from '../config-def.ts';
import { atLeast, oneOf } from '../config-rule.ts';

/** Replicas, their leaders and the traffic between brokers. */
export const replicationKeys: readonly ConfigKey[] = [
  int('controller.socket.timeout.ms', 30_000, {
    importance: 'medium',
    doc: 'Milliseconds for which a controller waits on a socket to a broker; 30 s by default.',
  }),
  int('default.replication.factor', 1, {
    importance: 'medium',
    doc: 'Replicas of a topic that is created without a number; 1 by default.',
  }),
  long('replica.lag.time.max.ms', 30_000, {
    importance: 'high',
    doc:
      'Milliseconds for which a follower may lag before it leaves the in-sync replicas; 30 ' +
      's by default.',
  }),
  int('replica.socket.timeout.ms', 30_000, {
    importance: 'high',
    doc:
      'Milliseconds for which a follower waits on its socket, at least ' +
      'replica.fetch.wait.max.ms; 30 s by default.',
  }),
  int('replica.socket.receive.buffer.bytes', 65_536, {
    importance: 'high',
    doc: 'Bytes of the receive buffer of a follower; 64 KiB by default.',
  }),
  int('replica.fetch.max.bytes', 1_048_576, {
    rule: atLeast(0),
    importance: 'medium',
    doc:
      'Bytes that a follower asks for of one partition; a larger first batch still comes, ' +
      '1 MiB by default.',
  }),
  int('replica.fetch.wait.max.ms', 500, {
    importance: 'high',
    doc: 'Milliseconds for which a leader may hold the fetch of a follower; 500 by default.',
  }),
  int('replica.fetch.backoff.ms', 1000, {
    rule: atLeast(0),
    importance: 'medium',
    doc: 'Milliseconds for which a follower rests after an error; 1 s by default.',
  }),
  int('replica.fetch.min.bytes', 1, {
    importance: 'high',
    doc: 'Bytes that a follower waits for; 1 by default, which is any record.',
  }),
  int('replica.fetch.response.max.bytes', 10_485_760, {
    rule: atLeast(0),
    importance: 'medium',
    doc:
      'Bytes that one fetch of a follower may bring; a larger first batch still comes, 10 ' +
      'MiB by default.',
  }),
  int('num.replica.fetchers', 1, {
    rule: atLeast(1),
    importance: 'high',
    mode: 'cluster-wide',
    doc: 'Fetchers to each other broker; 1 by default.',
  }),
  long('replica.high.watermark.checkpoint.interval.ms', 5000, {
    importance: 'high',
    doc: 'Milliseconds between two writes of the high watermarks to disk; 5 s by default.',
  }),
  int('fetch.purgatory.purge.interval.requests', 1000, {
    importance: 'medium',
    doc: 'Finished requests after which waiting fetches are cleaned up; 1000 by default.',
  }),
  int('producer.purgatory.purge.interval.requests', 1000, {
    importance: 'medium',
    doc: 'Finished requests after which waiting produces are cleaned up; 1000 by default.',
  }),
  int('delete.records.purgatory.purge.interval.requests', 1, {
    importance: 'medium',
    doc: 'Finished requests after which waiting record deletions are cleaned up; 1 by default.',
  }),
  boolean('auto.leader.rebalance.enable', true, {
    importance: 'high',
    doc: 'Gives leadership back to preferred replicas in the background; on by default.',
  }),
  long('leader.imbalance.check.interval.seconds', 300, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'Seconds between two looks at how leaders are spread; five minutes by default.',
  }),
  long('unclean.leader.election.interval.ms', 300_000, {
    rule: atLeast(1),
    importance: 'medium',
    internal: true,
    doc:
      'Milliseconds between two looks for partitions that only an unclean election can ' +
      'help; five minutes by default.',
  }),
  boolean('unclean.leader.election.enable', false, {
    importance: 'high',
    mode: 'cluster-wide',
    doc:
      'Lets a replica that is not in sync become leader when none other is left, at the ' +
      'price of lost records; off by default.',
  }),
  string('security.inter.broker.protocol', 'PLAINTEXT', {
    rule: oneOf('PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'),
    importance: 'medium',
    doc:
      'Security protocol between brokers when inter.broker.listener.name is not set; ' +
      'PLAINTEXT by default.',
  }),
  string('inter.broker.listener.name', null, {
    importance: 'medium',
    doc:
      'Listener that brokers use among themselves; that of security.inter.broker.protocol ' +
      'by default.',
  }),
  string('replica.selector.class', null, {
    importance: 'medium',
    doc: 'Class that picks the replica that a consumer reads from; the leader by default.',
  }),
  boolean('follower.fetch.last.tiered.offset.enable', false, {
    importance: 'medium',
    mode: 'cluster-wide',
    doc: 'Lets an empty follower begin behind what remote storage already has; off by default.',
  }),
];
