import type { TransactionCoordinator } from '@tidelog/coordinator';
import { isFailure, type Verified } from '@tidelog/log';
import type { BrokerConfig } from '@tidelog/metadata';
import type { Clock } from '@tidelog/platform';
import { errorOf, errors, type KafkaError, NO_SEQUENCE, type ResponseOf } from '@tidelog/protocol';
import type { Partition } from '../partition/partition.ts';
import { InOrder } from '../produce/in-order.ts';

/** What a client can do, by the version of its request (KIP-890). */
export interface TransactionalClient {
  /** Its partitions become part of the transaction with their first records (transaction version 2). */
  readonly addsPartitions: boolean;
  /** It knows TRANSACTION_ABORTABLE. */
  readonly knowsAbortable: boolean;
}

/** A batch of a transaction, before it is appended. */
export interface TransactionalBatch {
  readonly partition: Partition;
  /** Of its first record; -1 where records have none. */
  readonly sequence: number;
}

export interface BatchTransaction {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** What the append of a batch has to bring, or why there must be none. */
export type Verification = { readonly verified: Verified } | KafkaError;

const waived: Verification = { verified: 'waived' };
const ongoing: Verification = { verified: undefined };
/** TxnOffsetCommit from this version on takes the group's partition into the transaction. */
const OFFSETS_ADDING_VERSION = 5;
const OFFSETS_ABORTABLE_VERSION = 4;
/** AddPartitionsToTxn as brokers send it. */
const BATCHED_ADD_VERSION = 5;

export interface TransactionVerificationOptions {
  readonly clock: Clock;
  readonly config: () => BrokerConfig;
  readonly coordinator: () => Pick<TransactionCoordinator, 'addPartitionsToTxn'>;
}

/**
 * Makes sure that transactional batches are never appended outside of the coordinator's knowledge: what
 * a log does not know to be ongoing is confirmed by the coordinator first, or added there.
 */
export class TransactionVerification {
  /** The produces of each producer id. */
  readonly inOrder = new InOrder<number>();
  readonly #options: TransactionVerificationOptions;

  constructor(options: TransactionVerificationOptions) {
    this.#options = options;
  }

  /**
   * An answer for each batch, in their order; at once where the logs know the transaction. With
   * `patient` it waits a little (`add.partitions.to.txn.retry.backoff.max.ms`) for the end of the
   * producer's transaction before this one.
   */
  verify(
    transaction: BatchTransaction,
    batches: readonly TransactionalBatch[],
    client: TransactionalClient & { readonly patient: boolean },
  ): Verification[] | Promise<Verification[]> {
    if (!client.addsPartitions && !this.#isRequired) return batches.map(() => waived);
    const started = this.#start(transaction, batches, client);
    const isOpen = started.some((one) => 'verified' in one && one !== ongoing);
    return isOpen ? this.#confirm(transaction, batches, client) : started;
  }

  /** For offsets that are committed within a transaction to that partition of `__consumer_offsets`. */
  async verifyOffsets(
    partition: Partition | KafkaError,
    { transactionalId, producerId, producerEpoch }: BatchTransaction,
    apiVersion: number,
  ): Promise<Verification> {
    if ('code' in partition) return partition;
    if (!partition.isLeader) return errors.NOT_LEADER_OR_FOLLOWER;
    const client = {
      addsPartitions: apiVersion >= OFFSETS_ADDING_VERSION,
      knowsAbortable: apiVersion >= OFFSETS_ABORTABLE_VERSION,
      patient: false,
    };
    const transaction = { transactionalId, producerId, producerEpoch };
    const batches = [{ partition, sequence: NO_SEQUENCE }];
    const [verification] = await this.verify(transaction, batches, client);
    return verification!;
  }

  get #isRequired(): boolean {
    return this.#options.config().getBoolean('transaction.partition.verification.enable');
  }

  #start(
    { producerId, producerEpoch }: BatchTransaction,
    batches: readonly TransactionalBatch[],
    { addsPartitions }: TransactionalClient,
  ): Verification[] {
    const now = this.#options.clock.now();
    return batches.map(({ partition, sequence }) => {
      const producer = {
        producerId,
        epoch: producerEpoch,
        sequence,
        supportsEpochBump: addsPartitions,
      };
      const guard = partition.log.transactions.startVerification(producer, now);
      if (guard === null) return ongoing;
      return isFailure(guard) ? guard.error : { verified: guard };
    });
  }

  async #confirm(
    transaction: BatchTransaction,
    batches: readonly TransactionalBatch[],
    client: TransactionalClient & { readonly patient: boolean },
  ): Promise<Verification[]> {
    const { clock, config } = this.#options;
    const longestMs = Math.min(
      config().getInt('add.partitions.to.txn.retry.backoff.max.ms'),
      config().getInt('request.timeout.ms'),
    );
    const backoffMs = config().getInt('add.partitions.to.txn.retry.backoff.ms');
    const endMs = clock.monotonic() + longestMs;
    for (;;) {
      const started = this.#start(transaction, batches, client);
      const answers = await this.#ask(transaction, batches, { started, client });
      const goesOn = answers.some((answer) => answer === errors.CONCURRENT_TRANSACTIONS);
      if (!client.patient || !goesOn || clock.monotonic() >= endMs) return answers;
      await new Promise<void>((resolve) => clock.setTimer(backoffMs, resolve));
    }
  }

  /** Asks the coordinator about the batches that have a guard. */
  async #ask(
    transaction: BatchTransaction,
    batches: readonly TransactionalBatch[],
    asked: { readonly started: readonly Verification[]; readonly client: TransactionalClient },
  ): Promise<Verification[]> {
    const { started, client } = asked;
    const needed = batches.filter((_, i) => 'verified' in started[i]! && started[i] !== ongoing);
    if (needed.length === 0) return [...started];
    const response = await this.#options.coordinator().addPartitionsToTxn(
      {
        transactions: [
          { ...transaction, verifyOnly: !client.addsPartitions, topics: topicsOf(needed) },
        ],
        v3AndBelowTransactionalId: '',
        v3AndBelowProducerId: -1,
        v3AndBelowProducerEpoch: -1,
        v3AndBelowTopics: [],
      },
      { apiVersion: BATCHED_ADD_VERSION },
    );
    return batches.map(({ partition }, i) => {
      const before = started[i]!;
      if (!('verified' in before) || before === ongoing) return before;
      const error = forProducer(errorFor(response, partition), client);
      if (error !== errors.NONE) return error;
      return this.#isRequired ? before : waived;
    });
  }
}

function topicsOf(batches: readonly TransactionalBatch[]) {
  const topics = new Map<string, number[]>();
  for (const { partition } of batches) {
    const partitions = topics.get(partition.topic);
    if (partitions === undefined) topics.set(partition.topic, [partition.index]);
    else partitions.push(partition.index);
  }
  return Array.from(topics, ([name, partitions]) => ({ name, partitions }));
}

function errorFor(
  { errorCode = 0, resultsByTransaction = [] }: ResponseOf<'AddPartitionsToTxn'>,
  { topic, index }: Partition,
): KafkaError {
  if (errorCode !== 0) return errorOf(errorCode);
  const results = resultsByTransaction[0]?.topicResults?.find(({ name }) => name === topic);
  const result = results?.resultsByPartition.find((one) => one.partitionIndex === index);
  return errorOf(result?.partitionErrorCode ?? errors.UNKNOWN_SERVER_ERROR.code);
}

/** Producers know these conditions by other names. */
function forProducer(error: KafkaError, { knowsAbortable }: TransactionalClient): KafkaError {
  if (error === errors.PRODUCER_FENCED) return errors.INVALID_PRODUCER_EPOCH;
  if (error === errors.TRANSACTION_ABORTABLE && !knowsAbortable) return errors.INVALID_TXN_STATE;
  return error;
}
