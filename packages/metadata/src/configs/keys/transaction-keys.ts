import type { ConfigKey } from '../config-def.ts';
import { boolean, int, short } from '../config-def.ts';
import { atLeast } from '../config-rule.ts';

/** Transactions and producer ids. */
export const transactionKeys: readonly ConfigKey[] = [
  int('transaction.state.log.min.isr', 2, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'In-sync replicas that a write to the transaction topic needs; 2 by default.',
  }),
  int('transaction.state.log.load.buffer.size', 5_242_880, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'Bytes that are read at once when the transaction topic is loaded; 5 MiB by default.',
  }),
  short('transaction.state.log.replication.factor', 3, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'Replicas of the transaction topic; 3 by default.',
  }),
  int('transaction.state.log.num.partitions', 50, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'Partitions of the transaction topic, which must not change later; 50 by default.',
  }),
  int('transaction.state.log.segment.bytes', 104_857_600, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'Bytes at which a segment of the transaction topic is closed; 100 MiB by default.',
  }),
  boolean('transaction.partition.verification.enable', true, {
    importance: 'low',
    mode: 'cluster-wide',
    doc:
      'Checks that a partition belongs to a transaction before it takes transactional ' +
      'records; on by default.',
  }),
  int('producer.id.expiration.ms', 86_400_000, {
    rule: atLeast(1),
    importance: 'low',
    mode: 'cluster-wide',
    doc:
      'Milliseconds after which an idle producer id is forgotten by a partition; a day by ' +
      'default.',
  }),
  int('producer.id.expiration.check.interval.ms', 600_000, {
    rule: atLeast(1),
    importance: 'low',
    internal: true,
    doc: 'Milliseconds between two looks for producer ids to forget; ten minutes by default.',
  }),
  int('transactional.id.expiration.ms', 604_800_000, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'Milliseconds after which an idle transactional id is forgotten; a week by default.',
  }),
  int('transaction.max.timeout.ms', 900_000, {
    rule: atLeast(1),
    importance: 'high',
    doc:
      'Greatest transaction timeout in milliseconds that a producer may ask for; 15 ' +
      'minutes by default.',
  }),
  int('transaction.abort.timed.out.transaction.cleanup.interval.ms', 10_000, {
    rule: atLeast(1),
    importance: 'low',
    doc: 'Milliseconds between two looks for transactions to abort; 10 s by default.',
  }),
  int('transaction.remove.expired.transaction.cleanup.interval.ms', 3_600_000, {
    rule: atLeast(1),
    importance: 'low',
    doc: 'Milliseconds between two looks for transactional ids to forget; an hour by default.',
  }),
  boolean('transaction.two.phase.commit.enable', false, {
    importance: 'low',
    doc: 'Lets transactions take part in a two-phase commit of somebody else; off by default.',
  }),
  int('add.partitions.to.txn.retry.backoff.max.ms', 100, {
    rule: atLeast(0),
    importance: 'high',
    doc:
      'Most milliseconds for which adding a partition to a transaction is retried on the ' +
      'broker; 100 by default.',
  }),
  int('add.partitions.to.txn.retry.backoff.ms', 20, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'Milliseconds between two such retries; 20 by default.',
  }),
];
