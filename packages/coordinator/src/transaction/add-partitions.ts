import { errors, type KafkaError } from '@tidelog/protocol';
import type { RequestId } from '../host/machine.ts';
import type { CommandOf, TopicResults } from './commands.ts';
import { phaseOf } from './states.ts';
import {
  type ProducerIdentity,
  type Transaction,
  type TransactionPartitions,
  withPartitions,
} from './transaction.ts';
import type { Turn } from './turn.ts';

type Topics = CommandOf<'AddPartitions'>['topics'];

/** Adds partitions to the open transaction, or opens one with them. */
export function addPartitions(
  turn: Turn,
  to: RequestId,
  command: CommandOf<'AddPartitions'>,
): void {
  turn.reply(to, allWith(command.topics, add(turn, command)));
}

function add(turn: Turn, command: CommandOf<'AddPartitions'>): KafkaError {
  const { transactionalId, topics, clientVersion } = command;
  const transaction = turn.table.transactions.get(transactionalId);
  if (transaction === undefined) return errors.INVALID_PRODUCER_ID_MAPPING;
  const phase = phaseOf(transaction);
  // With the end of this transaction the producer may get another id, which it already uses.
  if (phase === 'ending') return errors.CONCURRENT_TRANSACTIONS;
  const problem = checkProducer(transaction, command);
  if (problem !== null) return problem;
  if (phase === 'unusable') return errors.UNKNOWN_SERVER_ERROR;
  if (phase === 'open' && topics.every((topic) => hasAll(transaction.partitions, topic))) {
    return errors.NONE;
  }
  const partitions = union(transaction.partitions, topics);
  const next = withPartitions(transaction, partitions, { clientVersion, nowMs: turn.nowMs });
  if (!turn.fits(transactionalId, next)) return errors.UNKNOWN_SERVER_ERROR;
  turn.emit(transactionalId, next);
  return errors.NONE;
}

/** Says of each partition whether it is in the open transaction (KIP-890). */
export function verifyPartitions(
  turn: Turn,
  to: RequestId,
  command: CommandOf<'VerifyPartitions'>,
): void {
  const { topics } = command;
  const transaction = turn.table.transactions.get(command.transactionalId);
  if (transaction === undefined) {
    return turn.reply(to, allWith(topics, errors.INVALID_PRODUCER_ID_MAPPING));
  }
  const problem = checkProducer(transaction, command);
  if (problem !== null) return turn.reply(to, allWith(topics, problem));
  if (phaseOf(transaction) === 'ending') {
    return turn.reply(to, allWith(topics, errors.CONCURRENT_TRANSACTIONS));
  }
  const { partitions } = transaction;
  const results = resultsOf(topics, (topic, partition) =>
    partitions.get(topic)?.has(partition) ? errors.NONE : errors.TRANSACTION_ABORTABLE,
  );
  turn.reply(to, results);
}

function checkProducer(
  transaction: Transaction,
  { producerId, producerEpoch }: ProducerIdentity,
): KafkaError | null {
  if (transaction.producerId !== producerId) return errors.INVALID_PRODUCER_ID_MAPPING;
  return transaction.producerEpoch === producerEpoch ? null : errors.PRODUCER_FENCED;
}

/** The same answer for all partitions. */
export function allWith(topics: Topics, error: KafkaError): TopicResults {
  return resultsOf(topics, () => error);
}

function resultsOf(
  topics: Topics,
  errorFor: (topic: string, partition: number) => KafkaError,
): TopicResults {
  return topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map((partitionIndex) => ({
      partitionIndex,
      partitionErrorCode: errorFor(name, partitionIndex).code,
    })),
  }));
}

function hasAll(present: TransactionPartitions, { name, partitions }: Topics[number]): boolean {
  const ids = present.get(name);
  return partitions.every((partition) => ids?.has(partition));
}

function union(present: TransactionPartitions, topics: Topics): TransactionPartitions {
  const all = new Map(present);
  for (const { name, partitions } of topics) {
    if (partitions.length === 0) continue;
    all.set(name, new Set([...(all.get(name) ?? []), ...partitions]));
  }
  return all;
}
