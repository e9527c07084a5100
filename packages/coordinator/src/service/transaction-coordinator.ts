import type { Clock } from '@tidelog/platform';
import { errors, type KafkaError, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import { areStorable } from '../group/events.ts';
import { partitionFor } from '../group/partition-for.ts';
import type { CoordinatorLog } from '../host/coordinator-log.ts';
import { CoordinatorFailure } from '../host/failure.ts';
import { allWith } from '../transaction/add-partitions.ts';
import { undescribed } from '../transaction/admin.ts';
import {
  type CommandOf,
  PRODUCER_ID_NEEDED,
  type ProducerAnswer,
  type TopicResults,
  type TransactionListing,
} from '../transaction/commands.ts';
import type { TransactionCoordinatorConfig } from '../transaction/config.ts';
import { transactionStates } from '../transaction/states.ts';
import {
  EPOCH_BUMP_VERSION,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_TIMEOUT_MS,
} from '../transaction/transaction.ts';
import { IdPattern } from './id-pattern.ts';
import type { MarkerPort } from './marker-sender.ts';
import { TransactionHost } from './transaction-host.ts';

export interface TransactionRequestContext {
  readonly apiVersion: number;
}

export interface TransactionCoordinatorOptions {
  readonly config: TransactionCoordinatorConfig;
  readonly clock: Clock;
  /** How many partitions `__transaction_state` has, or will have. */
  readonly partitionCount: () => number;
  /** The partition of `__consumer_offsets` that holds a group. */
  readonly offsetsPartitionFor: (groupId: string) => number;
  /** The finalized level of `transaction.version`. */
  readonly transactionVersion: () => number;
  /** A producer id that nobody had before. */
  readonly nextProducerId: () => Promise<number | KafkaError>;
  readonly markers: MarkerPort;
  /** Told what an operator should know: a failed append, a log that could not be loaded. */
  readonly warn?: (message: string) => void;
}

/** AddPartitionsToTxn from this version on comes from brokers, and is of producers that bump their epoch. */
const BATCHED_ADD_VERSION = 4;
/** EndTxn from this version on is of producers that bump their epoch (KIP-890). */
const BUMPING_END_VERSION = 5;
/** Older clients know PRODUCER_FENCED as INVALID_PRODUCER_EPOCH. */
const FENCED_VERSION = 2;
const INIT_FENCED_VERSION = 4;

const OFFSETS_TOPIC = '__consumer_offsets';

/**
 * Transactions, as one broker serves them: the partitions of `__transaction_state` that it leads, and
 * one method for each API.
 *
 * The broker checks authorization, and that the partitions exist that are added. No method rejects:
 * every failure is an error code in the response.
 *
 * @example
 * const coordinator = new TransactionCoordinator({ config: transactionCoordinatorDefaults, ... });
 * coordinator.elected(7, log, leaderEpoch);
 * const reply = await coordinator.initProducerId(request, { apiVersion: 5 });
 */
export class TransactionCoordinator {
  readonly #options: TransactionCoordinatorOptions;
  readonly #hosts = new Map<number, TransactionHost>();
  #closed = false;

  constructor(options: TransactionCoordinatorOptions) {
    this.#options = options;
  }

  /** The partition of `__transaction_state` that holds a transactional id. */
  partitionFor(transactionalId: string): number {
    return partitionFor(transactionalId, this.#options.partitionCount());
  }

  /** This broker now leads a partition, or leads it in a new epoch: its state is loaded from the log. */
  elected(partition: number, log: CoordinatorLog, leaderEpoch: number): void {
    if (this.#closed) return;
    this.resigned(partition);
    const { warn } = this.#options;
    const host = new TransactionHost({
      ...this.#options,
      log,
      leaderEpoch,
      warn: (message) => warn?.(`__transaction_state-${partition}: ${message}`),
    });
    this.#hosts.set(partition, host);
  }

  /** This broker no longer leads a partition: requests that wait get NOT_COORDINATOR. */
  resigned(partition: number): void {
    this.#hosts.get(partition)?.close();
    this.#hosts.delete(partition);
  }

  /** Resigns from all partitions; requests get COORDINATOR_NOT_AVAILABLE. */
  close(): void {
    this.#closed = true;
    for (const partition of this.#hosts.keys()) this.resigned(partition);
  }

  /** Also of producers without a transactional id (null), which get a new id with epoch 0. */
  async initProducerId(
    request: RequestOf<'InitProducerId'>,
    { apiVersion }: TransactionRequestContext,
  ): Promise<ResponseOf<'InitProducerId'>> {
    const { producerId, producerEpoch, error } = await this.#initProducerId(request);
    const known = apiVersion < INIT_FENCED_VERSION ? forOldClients(error) : error;
    return { errorCode: known.code, producerId, producerEpoch };
  }

  async #initProducerId(request: RequestOf<'InitProducerId'>): Promise<KnownAnswer> {
    const { transactionalId, producerId, producerEpoch } = request;
    const { config, nextProducerId } = this.#options;
    const hasId = producerId !== NO_PRODUCER_ID;
    if (hasId !== (producerEpoch !== NO_PRODUCER_EPOCH)) return refused(errors.INVALID_REQUEST);
    if (transactionalId === null) {
      const next = await nextProducerId();
      if (typeof next !== 'number') return refused(next);
      return { error: errors.NONE, producerId: next, producerEpoch: 0 };
    }
    if (transactionalId === '') return refused(errors.INVALID_REQUEST);
    if (request.enable2Pc && !config.twoPhaseCommit) {
      return refused(errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    }
    if (request.keepPreparedTxn) return refused(errors.UNSUPPORTED_VERSION);
    const timeoutMs = request.enable2Pc ? NO_TIMEOUT_MS : request.transactionTimeoutMs;
    if (!request.enable2Pc && (timeoutMs <= 0 || timeoutMs > config.maxTimeoutMs)) {
      return refused(errors.INVALID_TRANSACTION_TIMEOUT);
    }
    if (!areStorable([transactionalId])) return refused(errors.UNKNOWN_SERVER_ERROR);
    const expected = hasId ? { producerId, producerEpoch } : null;
    return this.#withProducerId({
      api: 'InitProducerId',
      transactionalId,
      timeoutMs,
      expected,
      newProducerId: null,
    });
  }

  /** Up to version 3 of one client, from then on of brokers, which can also ask without adding. */
  async addPartitionsToTxn(
    request: RequestOf<'AddPartitionsToTxn'>,
    { apiVersion }: TransactionRequestContext,
  ): Promise<ResponseOf<'AddPartitionsToTxn'>> {
    if (apiVersion < BATCHED_ADD_VERSION) {
      const results = await this.#addPartitions({
        api: 'AddPartitions',
        transactionalId: request.v3AndBelowTransactionalId,
        producerId: request.v3AndBelowProducerId,
        producerEpoch: request.v3AndBelowProducerEpoch,
        topics: request.v3AndBelowTopics,
        clientVersion: 0,
      });
      return { resultsByTopicV3AndBelow: forVersion(results, apiVersion) };
    }
    const resultsByTransaction = await Promise.all(
      request.transactions.map(async ({ verifyOnly, ...transaction }) => {
        const topicResults = await this.#addPartitions(
          verifyOnly
            ? { api: 'VerifyPartitions', ...transaction }
            : { api: 'AddPartitions', ...transaction, clientVersion: EPOCH_BUMP_VERSION },
        );
        return { transactionalId: transaction.transactionalId, topicResults };
      }),
    );
    return { errorCode: errors.NONE.code, resultsByTransaction };
  }

  /** The partition of the group in `__consumer_offsets` becomes part of the transaction. */
  async addOffsetsToTxn(
    request: RequestOf<'AddOffsetsToTxn'>,
    { apiVersion }: TransactionRequestContext,
  ): Promise<ResponseOf<'AddOffsetsToTxn'>> {
    const { transactionalId, producerId, producerEpoch, groupId } = request;
    const partition = this.#options.offsetsPartitionFor(groupId);
    const results = await this.#addPartitions({
      api: 'AddPartitions',
      transactionalId,
      producerId,
      producerEpoch,
      topics: [{ name: OFFSETS_TOPIC, partitions: [partition] }],
      clientVersion: 0,
    });
    const [topic] = forVersion(results, apiVersion);
    return { errorCode: topic!.resultsByPartition[0]!.partitionErrorCode };
  }

  async endTxn(
    request: RequestOf<'EndTxn'>,
    { apiVersion }: TransactionRequestContext,
  ): Promise<ResponseOf<'EndTxn'>> {
    const { transactionalId } = request;
    if (transactionalId === '') return { errorCode: errors.INVALID_REQUEST.code };
    const { error, producerId, producerEpoch } = await this.#withProducerId({
      api: 'EndTransaction',
      ...request,
      clientVersion: apiVersion >= BUMPING_END_VERSION ? EPOCH_BUMP_VERSION : 0,
      newProducerId: null,
    });
    const known = apiVersion < FENCED_VERSION ? forOldClients(error) : error;
    return { errorCode: known.code, producerId, producerEpoch };
  }

  async describeTransactions(
    request: RequestOf<'DescribeTransactions'>,
  ): Promise<ResponseOf<'DescribeTransactions'>> {
    const transactionStates = await Promise.all(
      request.transactionalIds.map(async (transactionalId) => {
        const refuse = ({ code }: KafkaError) => ({
          ...undescribed(transactionalId),
          errorCode: code,
        });
        if (transactionalId === '') return refuse(errors.INVALID_REQUEST);
        const host = this.#hostOf(transactionalId);
        if (host instanceof CoordinatorFailure) return refuse(host.error);
        const command = { api: 'Describe', transactionalIds: [transactionalId] } as const;
        const reply = await host.submit<'Describe'>(command);
        return reply instanceof CoordinatorFailure ? refuse(reply.error) : reply[0]!;
      }),
    );
    return { transactionStates };
  }

  /** A null pattern, or an empty one, matches every transactional id; one that is none is an error. */
  async listTransactions(
    request: RequestOf<'ListTransactions'>,
  ): Promise<ResponseOf<'ListTransactions'>> {
    const refuse = ({ code }: KafkaError) => ({
      errorCode: code,
      unknownStateFilters: [],
      transactionStates: [],
    });
    if (this.#closed) return refuse(errors.COORDINATOR_NOT_AVAILABLE);
    const text = request.transactionalIdPattern;
    const pattern = text === null || text === '' ? undefined : IdPattern.compile(text);
    if (pattern === null) return refuse(errors.INVALID_REGULAR_EXPRESSION);
    const states = new Set(request.stateFilters);
    const command: CommandOf<'List'> = {
      api: 'List',
      states,
      producerIds: new Set(request.producerIdFilters),
      longerThanMs: request.durationFilter,
    };
    const replies = await Promise.all(
      [...this.#hosts.values()].map((host) => host.submit<'List'>(command)),
    );
    const listed: TransactionListing[] = [];
    for (const reply of replies) {
      if (!(reply instanceof CoordinatorFailure)) listed.push(...reply);
      // A partition that has just moved away is listed by its new leader.
      else if (reply.error !== errors.NOT_COORDINATOR) return refuse(reply.error);
    }
    const known: ReadonlySet<string> = new Set(transactionStates);
    return {
      errorCode: errors.NONE.code,
      unknownStateFilters: [...states].filter((state) => !known.has(state)),
      transactionStates: (await pattern?.filter(listed, this.#options.clock)) ?? listed,
    };
  }

  async #addPartitions(command: CommandOf<'AddPartitions'> | CommandOf<'VerifyPartitions'>) {
    const { transactionalId, topics } = command;
    if (transactionalId === '') return allWith(topics, errors.INVALID_REQUEST);
    const host = this.#hostOf(transactionalId);
    if (host instanceof CoordinatorFailure) return allWith(topics, host.error);
    const reply = await host.submit<'AddPartitions' | 'VerifyPartitions'>(command);
    return reply instanceof CoordinatorFailure ? allWith(topics, reply.error) : reply;
  }

  /** Decides; where it turns out that this takes a new producer id, finds one and decides again. */
  async #withProducerId(
    command: CommandOf<'InitProducerId'> | CommandOf<'EndTransaction'>,
  ): Promise<KnownAnswer> {
    let newProducerId: number | null = null;
    for (;;) {
      const host = this.#hostOf(command.transactionalId);
      if (host instanceof CoordinatorFailure) return refused(host.error);
      const reply: ProducerAnswer | CoordinatorFailure = await host.submit<
        'InitProducerId' | 'EndTransaction'
      >({ ...command, newProducerId });
      if (reply instanceof CoordinatorFailure) return refused(reply.error);
      if (reply !== PRODUCER_ID_NEEDED) return reply;
      const next = await this.#options.nextProducerId();
      if (typeof next !== 'number') return refused(next);
      newProducerId = next;
    }
  }

  #hostOf(transactionalId: string): TransactionHost | CoordinatorFailure {
    const host = this.#hosts.get(this.partitionFor(transactionalId));
    if (host !== undefined) return host;
    return new CoordinatorFailure(
      this.#closed ? errors.COORDINATOR_NOT_AVAILABLE : errors.NOT_COORDINATOR,
    );
  }
}

type KnownAnswer = Exclude<ProducerAnswer, typeof PRODUCER_ID_NEEDED>;

function refused(error: KafkaError): KnownAnswer {
  return { error, producerId: NO_PRODUCER_ID, producerEpoch: NO_PRODUCER_EPOCH };
}

function forOldClients(error: KafkaError): KafkaError {
  return error === errors.PRODUCER_FENCED ? errors.INVALID_PRODUCER_EPOCH : error;
}

function forVersion(results: TopicResults, apiVersion: number): TopicResults {
  if (apiVersion >= FENCED_VERSION) return results;
  return results.map(({ name, resultsByPartition }) => ({
    name,
    resultsByPartition: resultsByPartition.map(({ partitionIndex, partitionErrorCode }) => ({
      partitionIndex,
      partitionErrorCode:
        partitionErrorCode === errors.PRODUCER_FENCED.code
          ? errors.INVALID_PRODUCER_EPOCH.code
          : partitionErrorCode,
    })),
  }));
}
