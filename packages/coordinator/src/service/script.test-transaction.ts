import {
  BatchBuilder,
  errorOf,
  errors,
  type KafkaError,
  type RequestOf,
  type ResponseOf,
} from '@tidelog/protocol';
import { ManualClock, settle } from '../host/manual.test-clock.ts';
import { MemoryLog } from '../host/memory.test-log.ts';
import {
  type TransactionCoordinatorConfig,
  transactionCoordinatorDefaults,
} from '../transaction/config.ts';
import { type TransactionEvent, transactionEventCodec } from '../transaction/events.ts';
import type { Transaction } from '../transaction/transaction.ts';
import { TransactionCoordinator } from './transaction-coordinator.ts';

export type Marker = RequestOf<'WriteTxnMarkers'>['markers'][number];

/** One record of the log. */
export function batchOf(event: TransactionEvent): Buffer {
  const builder = new BatchBuilder();
  const { key, value } = transactionEventCodec.encode(event);
  builder.append(0, key, value);
  return Buffer.from(builder.finish());
}

/** What stands for the brokers that lead partitions: node 1 leads all that are not in the maps. */
class Brokers {
  readonly sent: { readonly nodeId: number; readonly markers: readonly Marker[] }[] = [];
  /** What partitions answer, by topic. */
  readonly answers = new Map<string, KafkaError>();
  readonly leaders = new Map<string, number | null | 'deleted'>();
  /** While true no request is answered. */
  silent = false;
  down = false;

  leaderOf(topic: string): number | null | 'deleted' {
    return this.leaders.get(topic) ?? (this.leaders.has(topic) ? null : 1);
  }

  writeMarkers(
    { markers }: RequestOf<'WriteTxnMarkers'>,
    nodeId: number,
  ): Promise<ResponseOf<'WriteTxnMarkers'>> {
    this.sent.push({ nodeId, markers });
    if (this.down) return Promise.reject(new Error('disconnected'));
    if (this.silent) return new Promise(() => {});
    return Promise.resolve({
      markers: markers.map(({ producerId, topics }) => ({
        producerId,
        topics: topics.map(({ name, partitionIndexes }) => ({
          name,
          partitions: partitionIndexes.map((partitionIndex) => ({
            partitionIndex,
            errorCode: (this.answers.get(name) ?? errors.NONE).code,
          })),
        })),
      })),
    });
  }
}

/** What a producer has, and what EndTxn and InitProducerId give it. */
export interface Producer {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** A coordinator of one partition, and short words for what producers ask with the id `t`. */
export class TransactionScript {
  readonly clock: ManualClock;
  readonly log: MemoryLog;
  readonly coordinator: TransactionCoordinator;
  readonly brokers: Brokers = new Brokers();
  readonly warnings: string[] = [];
  transactionVersion = 2;
  nextProducerId = 1000;
  producerIdError: KafkaError | null = null;

  constructor(
    config: Partial<TransactionCoordinatorConfig> = {},
    log: MemoryLog = new MemoryLog(),
    clock: ManualClock = new ManualClock(),
  ) {
    this.clock = clock;
    this.log = log;
    this.coordinator = new TransactionCoordinator({
      config: { ...transactionCoordinatorDefaults, ...config },
      clock,
      partitionCount: () => 1,
      offsetsPartitionFor: (groupId) => groupId.length,
      transactionVersion: () => this.transactionVersion,
      nextProducerId: async () => this.producerIdError ?? this.nextProducerId++,
      markers: this.brokers,
      warn: (message) => this.warnings.push(message),
    });
  }

  static async start(
    config: Partial<TransactionCoordinatorConfig> = {},
  ): Promise<TransactionScript> {
    const script = new TransactionScript(config);
    await script.elect();
    return script;
  }

  /** A coordinator whose log holds this state of the id `t`. */
  static async loaded(value: Transaction, { silent = false } = {}): Promise<TransactionScript> {
    const script = new TransactionScript();
    script.log.put(batchOf({ transactionalId: 't', valueVersion: 1, value }));
    script.log.replicate();
    script.brokers.silent = silent;
    await script.elect();
    return script;
  }

  /** The same log and clock, in a coordinator that remembers nothing. */
  async restart(config: Partial<TransactionCoordinatorConfig> = {}): Promise<TransactionScript> {
    this.coordinator.close();
    const next = new TransactionScript(config, this.log, this.clock);
    next.nextProducerId = this.nextProducerId;
    next.transactionVersion = this.transactionVersion;
    await next.elect();
    return next;
  }

  async elect(): Promise<void> {
    this.coordinator.elected(0, this.log, 5);
    await settle();
  }

  /** All that was written, in order. */
  events(): TransactionEvent[] {
    return this.log.records().map(({ key, value }) => transactionEventCodec.decode(key, value)!);
  }

  states(): (string | null)[] {
    return this.events().map(({ value }) => value && value.state);
  }

  /** The last record of the id. */
  last(): Transaction {
    return this.events().at(-1)!.value!;
  }

  markers(): Marker[] {
    return this.brokers.sent.flatMap(({ markers }) => markers);
  }

  async init(
    producer: Partial<Producer> = {},
    request: Partial<RequestOf<'InitProducerId'>> & { apiVersion?: number } = {},
  ): Promise<string | Producer> {
    const { apiVersion = 6, ...rest } = request;
    const response = await this.coordinator.initProducerId(
      {
        transactionalId: 't',
        transactionTimeoutMs: 60_000,
        producerId: -1,
        producerEpoch: -1,
        enable2Pc: false,
        keepPreparedTxn: false,
        ...producer,
        ...rest,
      },
      { apiVersion },
    );
    return this.#answer(response.errorCode, response);
  }

  /** Initializes, and takes for granted that it works. */
  async producer(): Promise<Producer> {
    return (await this.init()) as Producer;
  }

  async add(
    producer: Producer,
    topics: Readonly<Record<string, number[]>> = { a: [0] },
    { apiVersion = 5, verifyOnly = false, transactionalId = 't' } = {},
  ): Promise<string> {
    const named = Object.entries(topics).map(([name, partitions]) => ({ name, partitions }));
    const { producerId, producerEpoch } = producer;
    const isOld = apiVersion < 4;
    const response = await this.coordinator.addPartitionsToTxn(
      {
        transactions: isOld
          ? []
          : [{ transactionalId, producerId, producerEpoch, verifyOnly, topics: named }],
        v3AndBelowTransactionalId: transactionalId,
        v3AndBelowProducerId: producerId,
        v3AndBelowProducerEpoch: producerEpoch,
        v3AndBelowTopics: named,
      },
      { apiVersion },
    );
    await settle();
    const results = isOld
      ? response.resultsByTopicV3AndBelow
      : response.resultsByTransaction?.[0]?.topicResults;
    const names = results!.flatMap(({ resultsByPartition }) =>
      resultsByPartition.map(({ partitionErrorCode }) => errorOf(partitionErrorCode).name),
    );
    return [...new Set(names)].join(' ');
  }

  async end(
    producer: Producer,
    committed = true,
    { apiVersion = 5, transactionalId = 't' } = {},
  ): Promise<string | Producer> {
    const { producerId, producerEpoch } = producer;
    const response = await this.coordinator.endTxn(
      { transactionalId, producerId, producerEpoch, committed },
      { apiVersion },
    );
    await settle();
    return this.#answer(response.errorCode, response);
  }

  commit(producer: Producer, apiVersion = 5): Promise<string | Producer> {
    return this.end(producer, true, { apiVersion });
  }

  abort(producer: Producer, apiVersion = 5): Promise<string | Producer> {
    return this.end(producer, false, { apiVersion });
  }

  async describe(transactionalId = 't') {
    const { transactionStates } = await this.coordinator.describeTransactions({
      transactionalIds: [transactionalId],
    });
    return transactionStates[0]!;
  }

  async list(request: Partial<RequestOf<'ListTransactions'>> = {}) {
    return this.coordinator.listTransactions({
      stateFilters: [],
      producerIdFilters: [],
      durationFilter: -1,
      transactionalIdPattern: null,
      ...request,
    });
  }

  #answer(
    errorCode: number,
    {
      producerId = -1,
      producerEpoch = -1,
    }: { producerId?: number | undefined; producerEpoch?: number | undefined },
  ): string | Producer {
    if (errorCode !== 0) return errorOf(errorCode).name;
    return { producerId, producerEpoch };
  }
}
