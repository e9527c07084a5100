import type { Client } from '../index.ts';
import { compressionNames } from './compression.ts';
import { KafkaJSNonRetriableError } from './errors.ts';
import { translated } from './failures.ts';
import { checkedMessages, recordMetadata } from './messages.ts';
import { Part, type PartOptions } from './part.ts';
import { type ICustomPartitioner, Partitioners } from './partitioners.ts';
import { retryTimeMs } from './retry.ts';
import { Transaction } from './transaction.ts';
import type {
  Message,
  ProducerBatch,
  ProducerRecord,
  RecordMetadata,
  RetryOptions,
} from './types.ts';

const REQUEST_TIMEOUT_MS = 30_000;
/** The topic says how large a record may be. */
const LARGEST_REQUEST_BYTES = 100 * 1024 * 1024;

export const producerEvents = {
  CONNECT: 'producer.connect',
  DISCONNECT: 'producer.disconnect',
  REQUEST: 'producer.network.request',
  REQUEST_TIMEOUT: 'producer.network.request_timeout',
  REQUEST_QUEUE_SIZE: 'producer.network.request_queue_size',
} as const;

export interface ProducerConfig {
  readonly createPartitioner?: ICustomPartitioner;
  readonly retry?: RetryOptions;
  readonly metadataMaxAge?: number;
  readonly allowAutoTopicCreation?: boolean;
  readonly idempotent?: boolean;
  readonly transactionalId?: string;
  readonly transactionTimeout?: number;
  readonly maxInFlightRequests?: number;
}

type CoreProducer = ReturnType<Client['producer']>;

/** kafkajs's producer, on ours. What `send` is told of acks and timeout is a producer of ours each. */
export class Producer extends Part<typeof producerEvents> {
  readonly #config: ProducerConfig;
  readonly #cores = new Map<string, CoreProducer>();

  constructor(config: ProducerConfig, options: PartOptions) {
    super('Producer', producerEvents, options);
    this.#config = config;
    if (config.transactionalId !== undefined && config.idempotent === false) {
      throw new KafkaJSNonRetriableError(
        'Cannot enable transactions without idempotence: leave `idempotent` out',
      );
    }
  }

  isIdempotent(): boolean {
    return this.#config.idempotent ?? this.#config.transactionalId !== undefined;
  }

  /** One entry for each partition, with the offset of its first message. */
  send(record: ProducerRecord): Promise<RecordMetadata[]> {
    const { topic, messages, ...batch } = record;
    return this.sendBatch({ ...batch, topicMessages: [{ topic, messages }] });
  }

  async sendBatch(batch: ProducerBatch): Promise<RecordMetadata[]> {
    const messages = checkedMessages(batch);
    const acks = batch.acks ?? -1;
    if (this.isIdempotent() && acks !== -1) {
      throw new KafkaJSNonRetriableError('An idempotent producer needs the acks of all: -1');
    }
    const core = this.#core(acks, batch.timeout);
    const compression = compressionNames[batch.compression ?? 0];
    const sent = await translated(core.sendAll(messages, { compression }));
    return acks === 0 ? [] : recordMetadata(messages, sent);
  }

  /** Begins a transaction. Needs a `transactionalId`; one at a time. */
  async transaction(): Promise<Transaction> {
    if (this.#config.transactionalId === undefined) {
      throw new KafkaJSNonRetriableError(
        'Must provide transactional id for transactional producer',
      );
    }
    const core = this.#core(-1, undefined);
    return new Transaction(await translated(core.begin()));
  }

  override async disconnect(): Promise<void> {
    this.#cores.clear();
    await super.disconnect();
  }

  #core(acks: number, timeout: number | undefined): CoreProducer {
    const key = `${acks} ${timeout}`;
    let core = this.#cores.get(key);
    if (core === undefined) this.#cores.set(key, (core = this.#make(acks, timeout)));
    return core;
  }

  #make(acks: number, timeout = REQUEST_TIMEOUT_MS): CoreProducer {
    const { allowAutoTopicCreation, transactionalId, transactionTimeout } = this.#config;
    const partitioner = (this.#config.createPartitioner ?? Partitioners.DefaultPartitioner)();
    const patienceMs = retryTimeMs(this.retry);
    return this.client.producer({
      acks: acks === -1 ? 'all' : (acks as 0 | 1),
      idempotence: this.isIdempotent(),
      // A program awaits its messages: there is nothing to wait for.
      lingerMs: 0,
      maxRequestSizeBytes: LARGEST_REQUEST_BYTES,
      maxInFlight: Math.min(5, this.#config.maxInFlightRequests ?? 5),
      requestTimeoutMs: timeout,
      deliveryTimeoutMs: timeout + patienceMs,
      maxBlockMs: patienceMs,
      allowAutoTopicCreation: allowAutoTopicCreation ?? true,
      ...(transactionalId !== undefined && { transactionalId }),
      ...(transactionTimeout !== undefined && { transactionTimeoutMs: transactionTimeout }),
      partitioner: ({ partition, key, value }, { name, partitions }) =>
        partition ??
        partitioner({
          topic: name,
          partitionMetadata: partitions.map(({ leader, replicas, inSyncReplicas, ...rest }) => ({
            partitionErrorCode: 0,
            partitionId: rest.partition,
            leader,
            replicas: [...replicas],
            isr: [...inSyncReplicas],
          })),
          message: { key: key as Message['key'] & {}, value: value as Message['value'] },
        }),
    });
  }
}
