import type { ConsumerOptions, RequestEvent, RequestObserver } from '../index.ts';
import { keyOf, type TopicPartition } from '../topic-partition.ts';
import type { GroupDescription } from './admin/groups.ts';
import { createAdmin } from './admin.ts';
import { assignorOf, type PartitionAssigner, PartitionAssigners } from './consumer/assigners.ts';
import type { EachBatchPayload, EachMessagePayload } from './consumer/batch.ts';
import { Placed } from './consumer/placed.ts';
import { type CoreConsumer, Runner } from './consumer/runner.ts';
import { Subscription, type ConsumerSubscribeTopics } from './consumer/subscription.ts';
import { KafkaJSNonRetriableError } from './errors.ts';
import { translated } from './failures.ts';
import { bothObservers } from './network-events.ts';
import { Part, type PartOptions } from './part.ts';
import { backoffMs } from './retry.ts';
import type {
  RetryOptions,
  TopicPartitionOffset,
  TopicPartitionOffsetAndMetadata,
  TopicPartitions,
} from './types.ts';

export const consumerEvents = {
  HEARTBEAT: 'consumer.heartbeat',
  COMMIT_OFFSETS: 'consumer.commit_offsets',
  GROUP_JOIN: 'consumer.group_join',
  FETCH_START: 'consumer.fetch_start',
  FETCH: 'consumer.fetch',
  START_BATCH_PROCESS: 'consumer.start_batch_process',
  END_BATCH_PROCESS: 'consumer.end_batch_process',
  CONNECT: 'consumer.connect',
  DISCONNECT: 'consumer.disconnect',
  STOP: 'consumer.stop',
  CRASH: 'consumer.crash',
  REBALANCING: 'consumer.rebalancing',
  RECEIVED_UNSUBSCRIBED_TOPICS: 'consumer.received_unsubscribed_topics',
  REQUEST: 'consumer.network.request',
  REQUEST_TIMEOUT: 'consumer.network.request_timeout',
  REQUEST_QUEUE_SIZE: 'consumer.network.request_queue_size',
} as const;

export interface ConsumerConfig {
  readonly groupId: string;
  readonly partitionAssigners?: PartitionAssigner[];
  readonly metadataMaxAge?: number;
  readonly sessionTimeout?: number;
  readonly rebalanceTimeout?: number;
  readonly heartbeatInterval?: number;
  readonly maxBytesPerPartition?: number;
  readonly minBytes?: number;
  readonly maxBytes?: number;
  readonly maxWaitTimeInMs?: number;
  readonly retry?: RetryOptions;
  readonly allowAutoTopicCreation?: boolean;
  readonly maxInFlightRequests?: number;
  readonly readUncommitted?: boolean;
  readonly rackId?: string;
}

export interface ConsumerRunConfig {
  readonly autoCommit?: boolean;
  readonly autoCommitInterval?: number | null;
  readonly autoCommitThreshold?: number | null;
  readonly eachBatchAutoResolve?: boolean;
  readonly partitionsConsumedConcurrently?: number;
  readonly eachBatch?: (payload: EachBatchPayload) => Promise<void>;
  readonly eachMessage?: (payload: EachMessagePayload) => Promise<void>;
}

/** kafkajs's consumer, on ours. */
export class Consumer extends Part<typeof consumerEvents> {
  readonly #config: ConsumerConfig;
  readonly #options: PartOptions;
  readonly #subscription = new Subscription();
  readonly #placed = new Placed();
  #run: ConsumerRunConfig | null = null;
  #core: CoreConsumer | null = null;
  #runner: Runner | null = null;
  #restart: NodeJS.Timeout | null = null;

  constructor(config: ConsumerConfig, options: PartOptions) {
    super('Consumer', consumerEvents, options);
    this.#config = config;
    this.#options = options;
  }

  /** A pattern stands for the topics that match it now. */
  async subscribe(subscription: ConsumerSubscribeTopics): Promise<void> {
    if (this.#runner !== null) {
      throw new KafkaJSNonRetriableError('Cannot subscribe to topic while consumer is running');
    }
    const admin = this.client.admin();
    const topics = async (): Promise<string[]> =>
      (await translated(admin.listTopics())).map(({ topic }) => topic);
    try {
      await this.#subscription.add(subscription, topics);
    } finally {
      await admin.close();
    }
  }

  /** Resolves when the group was joined for the first time, or when reading goes on without a handler. */
  run(config: ConsumerRunConfig = {}): Promise<void> {
    if (this.#run !== null) {
      this.logger().warn('consumer#run was called, but the consumer is already running');
      return Promise.resolve();
    }
    this.#run = config;
    this.#start(config);
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    if (this.#restart !== null) clearTimeout(this.#restart);
    this.#run = null;
    await this.#end();
    this.emitter.emit(consumerEvents.STOP);
  }

  override async disconnect(): Promise<void> {
    if (!this.isConnected) return;
    await this.stop();
    await super.disconnect();
  }

  async commitOffsets(offsets: readonly TopicPartitionOffsetAndMetadata[]): Promise<void> {
    const wanted = offsets.map(({ topic, partition, offset, metadata }) => ({
      topic,
      partition,
      offset: checkedOffset(offset),
      metadata: metadata ?? '',
    }));
    await translated(this.#running().commit(wanted));
    for (const { topic, partition, offset } of offsets) {
      this.#committed([{ topic, partitions: [{ partition, offset }] }]);
    }
  }

  /** Goes on at this offset, also where the partition is this member's only later. */
  seek({ topic, partition, offset }: TopicPartitionOffset): void {
    const place = { topic, partition };
    const wanted = checkedOffset(offset);
    const core = this.#running();
    if (this.#owns(place) && this.#runner?.isInHand(place) === false) core.seek(place, wanted);
    else this.#placed.seek(place, wanted);
  }

  pause(topics: readonly { topic: string; partitions?: number[] }[]): void {
    const core = this.#running();
    for (const topic of topics) this.#placed.pause(topic);
    core.pause(core.assignment().filter((place) => this.#placed.isPaused(place)));
  }

  resume(topics: readonly { topic: string; partitions?: number[] }[]): void {
    const core = this.#running();
    for (const topic of topics) this.#placed.resume(topic);
    const isIdle = (place: TopicPartition): boolean => this.#runner?.isInHand(place) !== true;
    const free = core.assignment().filter((place) => !this.#placed.isPaused(place));
    core.resume(free.filter(isIdle));
  }

  paused(): TopicPartitions[] {
    return this.#placed.paused(this.#core?.assignment() ?? []);
  }

  async describeGroup(): Promise<GroupDescription> {
    const admin = createAdmin(this.#options);
    await admin.connect();
    try {
      return (await admin.describeGroups([this.#config.groupId])).groups[0]!;
    } finally {
      await admin.disconnect();
    }
  }

  #start(run: ConsumerRunConfig): void {
    const joining = Date.now();
    const core = this.client.consumer(this.#coreOptions(joining));
    const { START_BATCH_PROCESS, END_BATCH_PROCESS } = consumerEvents;
    const runner = new Runner({
      core,
      placed: this.#placed,
      handlers: { ...run, eachBatchAutoResolve: run.eachBatchAutoResolve ?? true },
      autoCommit: {
        enabled: run.autoCommit ?? true,
        intervalMs: run.autoCommitInterval ?? null,
        threshold: run.autoCommitThreshold ?? null,
      },
      concurrency: run.partitionsConsumedConcurrently ?? 1,
      retry: this.retry,
      logger: this.logger(),
      onBatch: (when, summary) =>
        this.emitter.emit(when === 'start' ? START_BATCH_PROCESS : END_BATCH_PROCESS, summary),
      onCommit: (topics) => this.#committed(topics),
    });
    this.#core = core;
    this.#runner = runner;
    core.subscribe(this.#subscription.topics);
    runner.run().catch((error: unknown) => void this.#crashed(error as Error));
  }

  async #end(): Promise<void> {
    const [runner, core] = [this.#runner, this.#core];
    await runner?.stop();
    await core?.close();
    this.#runner = null;
    this.#core = null;
  }

  /** Never rejects. */
  async #crashed(error: Error): Promise<void> {
    const { groupId, retry } = this.#config;
    this.logger().error(`Crash: ${error.name}: ${error.message}`, { groupId, stack: error.stack });
    try {
      await this.#end();
    } catch {
      // It could not leave its group in good order; the coordinator will find out.
    }
    const mayRestart = (error as { name: string; retriable?: boolean }).retriable !== false;
    const isExhausted = error.name === 'KafkaJSNumberOfRetriesExceeded';
    const wanted = retry?.restartOnFailure ?? this.retry.restartOnFailure;
    const restart = (mayRestart || isExhausted) && ((await wanted?.(error)) ?? true);
    this.emitter.emit(consumerEvents.CRASH, { error, groupId, restart });
    const run = this.#run;
    if (run === null) return;
    if (restart) this.#restart = setTimeout(() => this.#start(run), backoffMs(this.retry, 0) ?? 0);
    else this.#run = null;
  }

  #coreOptions(joining: number): ConsumerOptions {
    const {
      groupId,
      partitionAssigners = [PartitionAssigners.roundRobin],
      ...config
    } = this.#config;
    const logger = this.logger();
    const topics = (): string[] => this.#subscription.topics;
    return {
      groupId,
      assignors: partitionAssigners.map((make) => assignorOf(make, { groupId, logger, topics })),
      autoCommit: false,
      autoOffsetReset: this.#subscription.mostlyFromBeginning ? 'earliest' : 'latest',
      isolationLevel: config.readUncommitted ? 'read_uncommitted' : 'read_committed',
      sessionTimeoutMs: config.sessionTimeout ?? 30_000,
      heartbeatIntervalMs: config.heartbeatInterval ?? 3000,
      maxPollIntervalMs: Math.max(
        config.rebalanceTimeout ?? 60_000,
        config.sessionTimeout ?? 30_000,
      ),
      fetchMinBytes: config.minBytes ?? 1,
      fetchMaxBytes: config.maxBytes ?? 10_485_760,
      fetchMaxWaitMs: config.maxWaitTimeInMs ?? 5000,
      maxPartitionFetchBytes: config.maxBytesPerPartition ?? 1_048_576,
      allowAutoTopicCreation: config.allowAutoTopicCreation ?? true,
      ...(config.rackId !== undefined && { rackId: config.rackId }),
      rebalanceListener: {
        onAssigned: (partitions) => this.#assigned(partitions, joining),
        onRevoked: async (partitions) => {
          const memberId = this.#core?.groupMetadata().memberId ?? '';
          this.emitter.emit(consumerEvents.REBALANCING, { groupId, memberId });
          await this.#runner?.revoke(partitions);
        },
        onLost: (partitions) => this.#runner?.lose(partitions),
      },
    };
  }

  async #assigned(partitions: readonly TopicPartition[], joining: number): Promise<void> {
    const core = this.#running();
    this.#runner?.own(partitions);
    await this.#subscription.place(core, partitions);
    for (const place of partitions) {
      const offset = this.#placed.takeSeek(place);
      if (offset !== undefined) core.seek(place, offset);
      if (this.#placed.isPaused(place)) core.pause([place]);
    }
    const memberAssignment: Record<string, number[]> = Object.create(null);
    for (const { topic, partition } of core.assignment()) {
      (memberAssignment[topic] ??= []).push(partition);
    }
    const { memberId, groupId } = core.groupMetadata();
    const duration = Date.now() - joining;
    const payload = { groupId, memberId, memberAssignment, duration };
    this.emitter.emit(consumerEvents.GROUP_JOIN, payload);
  }

  protected override requestObserver(): RequestObserver {
    const { FETCH_START } = consumerEvents;
    return bothObservers(super.requestObserver(), {
      sent: ({ api, node }) => {
        if (api === 'Fetch') this.emitter.emit(FETCH_START, { nodeId: node });
      },
      ended: (event) => this.#requestEnded(event),
    });
  }

  #requestEnded({ api, node, durationMs, error, errorCode }: RequestEvent): void {
    if (error !== null) return;
    if (api === 'Fetch') {
      // kafkajs has told 0 batches for years.
      const payload = { numberOfBatches: 0, duration: durationMs, nodeId: node };
      this.emitter.emit(consumerEvents.FETCH, payload);
    } else if (api === 'Heartbeat' && errorCode === 0 && this.#core !== null) {
      const { groupId, memberId, generationId } = this.#core.groupMetadata();
      const payload = { groupId, memberId, groupGenerationId: generationId };
      this.emitter.emit(consumerEvents.HEARTBEAT, payload);
    }
  }

  #committed(topics: readonly object[]): void {
    if (!this.emitter.has(consumerEvents.COMMIT_OFFSETS) || this.#core === null) return;
    const { groupId, memberId, generationId } = this.#core.groupMetadata();
    const payload = { groupId, memberId, groupGenerationId: generationId, topics };
    this.emitter.emit(consumerEvents.COMMIT_OFFSETS, payload);
  }

  #owns(place: TopicPartition): boolean {
    return this.#core?.assignment().some((own) => keyOf(own) === keyOf(place)) ?? false;
  }

  #running(): CoreConsumer {
    if (this.#core !== null) return this.#core;
    throw new KafkaJSNonRetriableError(
      'Consumer group was not initialized, consumer#run must be called first',
    );
  }
}

function checkedOffset(offset: string): number {
  const value = Number(offset);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new KafkaJSNonRetriableError(`Invalid offset, ${offset} is none`);
}
