import {
  type Admin,
  type Client,
  type Consumer,
  KafkaClientError,
  type Producer,
} from '@tidelog/client';
import type { Clock } from '@tidelog/platform';
import { Violation } from '../../scenario.ts';
import type { SeededRandom } from '../../world/seeded-random.ts';
import { commitKey, type History, type PartitionHistory, TopicHistory } from './history.ts';

export const GROUPS = ['readers', 'writers'];

/** Config keys of topics that change nothing else here. */
const CONFIG_KEYS = [
  'compression.type',
  'max.message.bytes',
  'min.insync.replicas',
  'unclean.leader.election.enable',
];
const CODECS = ['gzip', 'lz4', 'producer', 'snappy', 'zstd'];
/** Enough for a batch that is compressed elsewhere. */
const LARGE_RECORD_BYTES = 10_000;
const MOST_TOPICS = 4;
const MOST_IN_FLIGHT = 20;

interface WorkloadOptions {
  readonly producer: Client;
  readonly operator: Client;
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly history: History;
}

/**
 * One client that produces and one that changes everything else, each with one story of its own, so that it is
 * known at any time what must be there. They go on until `paused`; calls that are on their way are
 * tried again by the client until they have an outcome.
 */
export class Workload {
  paused = false;
  failure: Error | undefined;
  readonly #options: WorkloadOptions;
  readonly #random: SeededRandom;
  readonly #history: History;
  readonly #admin: Admin;
  readonly #producer: Producer;
  readonly #consumers: readonly Consumer[];
  readonly #inFlight = new Map<TopicHistory, number>();
  #running = 0;
  #next = 0;
  #over = false;

  constructor(options: WorkloadOptions) {
    this.#options = options;
    this.#random = options.random;
    this.#history = options.history;
    this.#admin = options.operator.admin();
    this.#producer = options.producer.producer({ lingerMs: 2, allowAutoTopicCreation: false });
    this.#consumers = GROUPS.map((groupId) =>
      options.operator.consumer({ groupId, autoCommit: false }),
    );
  }

  /** Nothing is on its way. */
  get quiet(): boolean {
    return this.paused && this.#running === 0;
  }

  start(): void {
    const fail = (error: unknown): void => this.#fail(error);
    this.#repeat(10, () => this.#produce()).catch(fail);
    this.#repeat(40, () => this.#operate()).catch(fail);
  }

  /** Gives up what is still on its way. */
  async stop(): Promise<void> {
    this.#over = true;
    await this.#producer.close({ timeoutMs: 0 });
  }

  /** Clients try again for longer than a broker is away: an error is a broken promise, or a bug. */
  #fail(error: unknown): void {
    if (error instanceof KafkaClientError) {
      this.failure ??= new Violation(`a request failed: ${error.message}`, { cause: error });
    } else this.failure ??= error instanceof Error ? error : new Error(String(error));
  }

  async #repeat(pauseMs: number, act: () => Promise<void> | void): Promise<void> {
    while (!this.#over) {
      if (!this.paused) await this.#track(async () => act());
      await this.#sleep(1 + this.#random.below(2 * pauseMs));
    }
  }

  async #track<T>(act: () => Promise<T>): Promise<T> {
    this.#running++;
    try {
      return await act();
    } finally {
      this.#running--;
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#options.clock.setTimer(ms, resolve));
  }

  /** Sends some records at once, without waiting for them. */
  #produce(): void {
    const topic = this.#pickOpen();
    // A producer takes a topic that was created anew for the former one, and goes on with its sequences.
    if (topic === undefined || topic.isRenewed) return;
    if (this.#inFlight.get(topic)! >= MOST_IN_FLIGHT) return;
    const partition = this.#random.below(topic.partitions.length);
    for (let count = 1 + this.#random.below(4); count > 0; count--) {
      this.#track(() => this.#send(topic, partition)).catch((error: unknown) => this.#fail(error));
    }
  }

  async #send(topic: TopicHistory, partition: number): Promise<void> {
    const sizeBytes = this.#random.oneIn(8) ? LARGE_RECORD_BYTES : this.#random.below(700);
    const value = `record ${this.#next++} ${'x'.repeat(sizeBytes)}`;
    const history = topic.partitions[partition]!;
    this.#inFlight.set(topic, this.#inFlight.get(topic)! + 1);
    history.send(value);
    try {
      const sent = await this.#producer.send({ topic: topic.name, partition, value });
      history.ack(sent.offset, value);
      this.#history.acks++;
    } finally {
      this.#inFlight.set(topic, this.#inFlight.get(topic)! - 1);
    }
  }

  async #operate(): Promise<void> {
    const topic = this.#pickOpen();
    const draw = this.#random.below(20);
    if (topic === undefined || (draw < 5 && this.#inFlight.size < MOST_TOPICS)) {
      return this.#create();
    }
    if (draw < 7) return this.#delete(topic);
    if (draw < 11) return this.#alter(topic);
    if (draw < 13) return this.#deleteRecords(topic);
    return this.#commit(topic);
  }

  async #create(): Promise<void> {
    const topic = this.#drawTopic();
    const { name } = topic;
    this.#history.topics.set(name, topic);
    topic.present.propose(true);
    const [key, value] = this.#drawConfig();
    topic.config(key).settle(value);
    const [created] = await this.#attempt(
      () => {
        const configs = new Map([[key, value]]);
        return this.#admin.createTopics([
          { topic: name, partitions: topic.partitions.length, configs },
        ]);
      },
      'TOPIC_ALREADY_EXISTS', // an attempt before was not answered
    );
    topic.id = created?.[0]?.topicId ?? undefined;
    topic.present.settle(true);
    this.#inFlight.set(topic, 0);
  }

  async #delete(topic: TopicHistory): Promise<void> {
    const unsent = this.#inFlight.get(topic)!;
    if (unsent > 0) return;
    this.#inFlight.delete(topic);
    for (const [i] of topic.partitions.entries()) {
      // The offsets go with the topic, though without a promise when.
      for (const groupId of GROUPS) {
        this.#history.commit(commitKey(groupId, topic.name, i)).propose(undefined);
      }
    }
    topic.present.propose(false);
    await this.#attempt(() => this.#admin.deleteTopics([topic.name]), 'UNKNOWN_TOPIC_OR_PARTITION');
    topic.present.settle(false);
    if (topic.id !== undefined) this.#history.deletedIds.add(topic.id);
  }

  async #alter(topic: TopicHistory): Promise<void> {
    const [name, value] = this.#drawConfig();
    const isDeletion = this.#random.oneIn(4);
    const register = topic.config(name);
    const target = isDeletion ? undefined : value;
    register.propose(target);
    const change = isDeletion
      ? ({ name, operation: 'delete' } as const)
      : ({ name, operation: 'set', value } as const);
    await this.#attempt(() =>
      this.#admin.incrementalAlterConfigs([{ type: 'topic', name: topic.name, changes: [change] }]),
    );
    register.settle(target);
  }

  async #deleteRecords(topic: TopicHistory): Promise<void> {
    const partition = this.#random.below(topic.partitions.length);
    const history = topic.partitions[partition]!;
    const offset = drawBetween(this.#random, history);
    history.deletionAskedTo = Math.max(history.deletionAskedTo, offset);
    const [deleted] = await this.#attempt(() =>
      this.#admin.deleteRecords([{ topic: topic.name, partition, offset }]),
    );
    const start = deleted?.[0]?.logStartOffset ?? 0;
    history.logStartOffset = Math.max(history.logStartOffset, start);
  }

  async #commit(topic: TopicHistory): Promise<void> {
    const group = this.#random.below(GROUPS.length);
    const partition = this.#random.below(topic.partitions.length);
    const register = this.#history.commit(commitKey(GROUPS[group]!, topic.name, partition));
    const offset = this.#next++;
    register.propose(offset);
    await this.#attempt(() =>
      this.#consumers[group]!.commit([{ topic: topic.name, partition, offset }]),
    );
    register.settle(offset);
  }

  /** The result, or nothing when the error says that an attempt before did the same. */
  async #attempt<T>(call: () => Promise<T>, done?: string): Promise<[T] | []> {
    try {
      const result = await call();
      this.#history.acks++;
      return [result];
    } catch (error) {
      if (!(error instanceof KafkaClientError) || error.code !== done) throw error;
      return [];
    }
  }

  /** A new topic, now and then with the name of one that was deleted. */
  #drawTopic(): TopicHistory {
    const { topics } = this.#history;
    const former = [...topics.values()].filter(({ present }) => !present.allows(true));
    if (former.length > 0 && this.#random.oneIn(3)) {
      const { name, partitions } = former[this.#random.below(former.length)]!;
      return new TopicHistory(name, partitions.length, true);
    }
    return new TopicHistory(`topic-${topics.size}`, 1 + this.#random.below(3));
  }

  #pickOpen(): TopicHistory | undefined {
    const open = [...this.#inFlight.keys()];
    return open.length === 0 ? undefined : open[this.#random.below(open.length)];
  }

  #drawConfig(): [key: string, value: string] {
    const key = CONFIG_KEYS[this.#random.below(CONFIG_KEYS.length)]!;
    if (key === 'max.message.bytes') return [key, String(100_000 + this.#random.below(100_000))];
    if (key === 'compression.type') return [key, CODECS[this.#random.below(CODECS.length)]!];
    return [key, key === 'min.insync.replicas' ? '1' : String(this.#random.oneIn(2))];
  }
}

function drawBetween(random: SeededRandom, history: PartitionHistory): number {
  const { logStartOffset, highWatermark } = history;
  return logStartOffset + random.below(Math.max(1, highWatermark - logStartOffset + 1));
}
