import type { Address } from '@tidelog/platform';
import type { ApiName, RequestInput, ResponseOutput } from '@tidelog/protocol';
import { errors, ZERO_UUID } from '@tidelog/protocol';
import {
  brokerError,
  closedError,
  isRetriable,
  KafkaClientError,
  throwIfAborted,
} from '../client-error.ts';
import {
  BrokerConnection,
  type ClientPlatform,
  type ConnectionSettings,
  type SendOptions,
} from './broker-connection.ts';
import { FinalizedFeatures } from './finalized-features.ts';
import { ClusterMetadata, type TopicMetadata } from './metadata.ts';
import { MetadataRecovery, type RecoveryOptions } from './metadata-recovery.ts';
import { abortable, type BackoffOptions, backoffMs, sleep } from './waiting.ts';

export interface ClusterSettings extends ConnectionSettings {
  readonly bootstrap: readonly Address[];
  readonly retryBackoff: BackoffOptions;
  /** How long a call may take with all its retries (`default.api.timeout.ms`). */
  readonly apiTimeoutMs: number;
  /** After this long what is known of a topic is asked for again. */
  readonly metadataMaxAgeMs: number;
  readonly metadataRecovery: RecoveryOptions;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

export interface RetryOptions extends CallOptions {
  /** How long a topic may be unknown: a new one is not known to all brokers at once. */
  readonly unknownTopicMs?: number | undefined;
}

/**
 * Connections of one kind. A broker answers a connection's requests in their order, so a request that
 * waits at the broker (a fetch, a join) holds up those behind it: whoever waits has lanes of its own.
 */
export type Lane = string;

/** What has a coordinator: a consumer group, or a transactional id. */
export type CoordinatorKind = 'group' | 'transaction';

const SHARED: Lane = 'shared';
/** Brokers before Kafka 3.1 take a topic's id for a topic without a name. */
const TOPIC_ID_VERSION = 12;

/** The brokers of a cluster: who they are, who leads what, and the connections to them. */
export class Cluster {
  readonly metadata = new ClusterMetadata();
  readonly features = new FinalizedFeatures();
  readonly platform: ClientPlatform;
  readonly settings: ClusterSettings;
  readonly #connections = new Map<string, BrokerConnection>();
  readonly #refreshing = new Map<string, Promise<void>>();
  readonly #recovery: MetadataRecovery;
  #closed = false;

  constructor(platform: ClientPlatform, settings: ClusterSettings) {
    this.platform = platform;
    this.settings = settings;
    this.#recovery = new MetadataRecovery(settings.metadataRecovery);
  }

  /** The way to a broker that metadata told of; throws BROKER_NOT_AVAILABLE, retriable, otherwise. */
  connection(nodeId: number, lane: Lane = SHARED): BrokerConnection {
    const node = this.metadata.broker(nodeId);
    if (node === undefined) {
      const message = `broker ${nodeId} is not known; its address comes with the next metadata`;
      throw new KafkaClientError('BROKER_NOT_AVAILABLE', message, { retriable: true });
    }
    return this.#connectionTo(node, nodeId, `${lane}/${nodeId}`);
  }

  send<Name extends ApiName>(
    target: { readonly node: number; readonly lane?: Lane },
    name: Name,
    request: RequestInput<Name>,
    options?: SendOptions,
  ): Promise<ResponseOutput<Name>> {
    return this.connection(target.node, target.lane).send(name, request, options);
  }

  /**
   * Sends to whichever broker answers: those that are connected first, then the others that are
   * known, and the bootstrap servers when all of them are gone (KIP-899).
   */
  async sendToAny<Name extends ApiName>(
    name: Name,
    request: RequestInput<Name>,
    options?: SendOptions,
  ): Promise<ResponseOutput<Name>> {
    let failure: Error = closedError('client');
    for (const connection of this.#candidates()) {
      try {
        return await connection.send(name, request, options);
      } catch (error) {
        if (!isRetriable(error)) throw error;
        failure = error as Error;
      }
    }
    throw failure;
  }

  /** Sends to the controller, or to the broker that forwards to it (KRaft). */
  async sendToController<Name extends ApiName>(
    name: Name,
    request: RequestInput<Name>,
  ): Promise<ResponseOutput<Name>> {
    if (this.metadata.controllerId < 0) await this.refresh([]);
    const { controllerId } = this.metadata;
    if (controllerId < 0) return this.sendToAny(name, request);
    try {
      return await this.send({ node: controllerId }, name, request);
    } catch (error) {
      this.metadata.controllerId = -1;
      throw error;
    }
  }

  /** Asks for topics, or for all of them (null), and keeps the answer. One request at a time for each set. */
  refresh(topics: Iterable<string> | null, allowAutoTopicCreation = false): Promise<void> {
    const names = topics === null ? null : [...new Set(topics)].sort();
    const key = JSON.stringify([names, allowAutoTopicCreation]);
    let running = this.#refreshing.get(key);
    if (running === undefined) {
      running = this.#refresh(names, allowAutoTopicCreation).finally(() =>
        this.#refreshing.delete(key),
      );
      this.#refreshing.set(key, running);
    }
    return running;
  }

  /**
   * Asks for metadata, and takes the answer in; errors of topics are the caller's. Forgets the brokers,
   * and so begins anew, when none of them is worth asking any more.
   */
  async askMetadata(request: RequestInput<'Metadata'>): Promise<ResponseOutput<'Metadata'>> {
    try {
      const isById = request.topics?.some(({ topicId = ZERO_UUID }) => topicId !== ZERO_UUID);
      const options = isById ? { minVersion: TOPIC_ID_VERSION } : {};
      const response = await this.sendToAny('Metadata', request, options);
      if (response.errorCode !== errors.NONE.code) {
        throw brokerError(response.errorCode, 'metadata');
      }
      this.#recovery.succeeded();
      this.metadata.update(response, this.platform.clock.monotonic());
      return response;
    } catch (error) {
      if (!this.#recovery.failed(error, this.platform.clock.monotonic())) throw error;
      this.metadata.forgetBrokers();
      const message = `${(error as Error).message}; beginning anew with \`bootstrapServers\``;
      this.settings.logger.warn(message);
      throw new KafkaClientError('REBOOTSTRAP_REQUIRED', message, {
        retriable: true,
        cause: error,
      });
    }
  }

  /** Asks for topics by their ids; those that do not exist stay unknown. */
  async refreshIds(topicIds: Iterable<string>): Promise<void> {
    const topics = Array.from(topicIds, (topicId) => ({ topicId, name: null }));
    await this.askMetadata({ topics, allowAutoTopicCreation: false });
  }

  /** A topic's partitions and leaders, asked for when they are not known or too old. */
  async topic(
    name: string,
    options: CallOptions & { readonly allowAutoTopicCreation?: boolean } = {},
  ): Promise<TopicMetadata> {
    return this.retry(async () => {
      if (!this.isFresh(name)) await this.refresh([name], options.allowAutoTopicCreation);
      const topic = this.metadata.topic(name);
      if (topic === undefined) {
        throw brokerError(errors.UNKNOWN_TOPIC_OR_PARTITION.code, `topic ${name}`);
      }
      return topic;
    }, options);
  }

  isFresh(topic: string): boolean {
    const known = this.metadata.topic(topic);
    if (known === undefined) return false;
    return this.platform.clock.monotonic() - known.fetchedAt < this.settings.metadataMaxAgeMs;
  }

  /** The node that coordinates a group or a transactional id. */
  async findCoordinator(key: string, kind: CoordinatorKind = 'group'): Promise<number> {
    const response = await this.sendToAny(
      'FindCoordinator',
      { key, keyType: kind === 'group' ? 0 : 1 },
      {
        maxVersion: 3, // from 4 on for many keys at once, which nothing here has
      },
    );
    if (response.errorCode !== errors.NONE.code) {
      throw brokerError(response.errorCode, `coordinator of ${kind} ${key}`, response.errorMessage);
    }
    this.metadata.addBrokers([response]);
    return response.nodeId;
  }

  /** Runs a call until it succeeds, fails for good, or its time is over. */
  async retry<T>(call: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
    const { clock, random } = this.platform;
    const start = clock.monotonic();
    const deadline = start + (options.timeoutMs ?? this.settings.apiTimeoutMs);
    const patience = Math.min(deadline, start + (options.unknownTopicMs ?? deadline));
    for (let attempt = 0; ; attempt++) {
      throwIfAborted(options.signal);
      if (this.#closed) throw closedError('client');
      try {
        return await abortable(call(), options.signal);
      } catch (error) {
        const pause = backoffMs(random, this.settings.retryBackoff, attempt);
        const over = clock.monotonic() + pause > (isUnknownTopic(error) ? patience : deadline);
        if (!isRetriable(error) || this.#closed || over) throw error;
        if (isNotController(error)) this.metadata.controllerId = -1;
        await sleep(clock, pause, options.signal);
      }
    }
  }

  /** Closes the connections of a lane. */
  closeLane(lane: Lane): void {
    for (const [key, connection] of this.#connections) {
      if (!key.startsWith(`${lane}/`)) continue;
      connection.close();
      this.#connections.delete(key);
    }
  }

  close(): void {
    this.#closed = true;
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  async #refresh(names: string[] | null, allowAutoTopicCreation: boolean): Promise<void> {
    const topics = names?.map((name) => ({ topicId: ZERO_UUID, name })) ?? null;
    const response = await this.askMetadata({ topics, allowAutoTopicCreation });
    if (names === null) this.metadata.keepOnly(response.topics.map(({ name }) => name));
    for (const topic of response.topics) {
      if (topic.errorCode === errors.NONE.code) continue;
      // One topic of many that does not exist is for its user to find out.
      if (names?.length === 1) throw brokerError(topic.errorCode, `topic ${topic.name}`);
    }
  }

  *#candidates(): Generator<BrokerConnection> {
    if (this.#closed) return;
    const known = this.#shuffled(this.metadata.brokers()).map(({ id }) => this.connection(id));
    yield* known.filter((connection) => connection.isOpen);
    yield* known.filter((connection) => !connection.isOpen && !connection.isFailing);
    if (known.length > 0 && !this.#recovery.isAllowed) {
      yield* known.filter((connection) => connection.isFailing);
      return;
    }
    for (const address of this.#shuffled(this.settings.bootstrap)) {
      yield this.#connectionTo(address, -1, `bootstrap/${address.host}:${address.port}`);
    }
  }

  /** From a place by chance on, so that not all clients ask the same one. */
  #shuffled<T>(list: readonly T[]): T[] {
    const start = list.length === 0 ? 0 : this.platform.random.below(list.length);
    return [...list.slice(start), ...list.slice(0, start)];
  }

  #connectionTo({ host, port }: Address, node: number, key: string): BrokerConnection {
    if (this.#closed) throw closedError('client');
    const existing = this.#connections.get(key);
    if (existing?.address.host === host && existing.address.port === port) return existing;
    existing?.close(); // the broker has moved
    const { platform, settings, features } = this;
    const place = { host, port, node };
    const connection = new BrokerConnection(place, platform, settings, features);
    this.#connections.set(key, connection);
    return connection;
  }
}

function isUnknownTopic(error: unknown): boolean {
  if (!(error instanceof KafkaClientError)) return false;
  return error.code === 'UNKNOWN_TOPIC_OR_PARTITION' || error.code === 'UNKNOWN_TOPIC_ID';
}

function isNotController(error: unknown): boolean {
  return error instanceof KafkaClientError && error.code === 'NOT_CONTROLLER';
}
