import type { Timer } from '@tidelog/platform';
import { batchSizeUpperBound } from '@tidelog/protocol';
import { invalidArgument, KafkaClientError } from '../client-error.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { TopicMetadata } from '../cluster/metadata.ts';
import type { Accumulator, AppendedRecord } from './accumulator.ts';
import { headerList, type ProducerMessage } from './message.ts';
import { partitionForKey } from './murmur2.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { ProducerBatch } from './producer-batch.ts';
import type { ProducerSettings } from './producer-settings.ts';
import { type PartitionLoad, StickyPartitioner } from './sticky-partitioner.ts';

/** A record that has its place in a batch. */
export interface Placed {
  readonly batch: ProducerBatch;
  readonly index: number;
}

/** A record that waits for room, or for the topic's partitions. */
interface Waiting {
  readonly message: ProducerMessage;
  readonly now: number;
  readonly deadline: number;
  readonly resolve: (placed: Placed) => void;
  readonly reject: (error: unknown) => void;
}

interface TopicState {
  readonly sticky: StickyPartitioner;
  /** In the order of their calls, which is kept. */
  readonly waiting: Waiting[];
  lookingUp: boolean;
}

/** Gives each record its partition and its place in a batch, in the order of the calls. */
export class Intake {
  readonly #cluster: Cluster;
  readonly #settings: ProducerSettings;
  readonly #accumulator: Accumulator;
  readonly #onReady: () => void;
  readonly #onAppended: ((queue: PartitionQueue) => void) | null;
  readonly #topics = new Map<string, TopicState>();
  readonly #waits = new Set<Promise<Placed>>();
  #timer: Timer | null = null;

  constructor(options: {
    cluster: Cluster;
    settings: ProducerSettings;
    accumulator: Accumulator;
    /** A batch was begun, or is full: the sender should look. */
    onReady: () => void;
    /** A record has its place; only for those who ask. */
    onAppended: ((queue: PartitionQueue) => void) | null;
  }) {
    this.#cluster = options.cluster;
    this.#settings = options.settings;
    this.#accumulator = options.accumulator;
    this.#onReady = options.onReady;
    this.#onAppended = options.onAppended;
  }

  /** Places a record, as the last one of the batch; null where it has to wait for its turn. */
  place(message: ProducerMessage, now: number): ProducerBatch | null {
    const { topic } = message;
    const metadata = this.#cluster.metadata.topic(topic);
    const state = this.#topics.get(topic);
    if (metadata === undefined || metadata.partitions.length === 0) return null;
    if (state === undefined || state.waiting.length > 0) return null;
    return this.#append(message, metadata, state, now);
  }

  /** Places a record that could not be at once; `now` is the time of the call. */
  wait(message: ProducerMessage, now: number): Promise<Placed> {
    const { topic } = message;
    if (typeof topic !== 'string' || topic === '') {
      throw invalidArgument('a message has a `topic`, the name of one');
    }
    const state = this.#state(topic);
    const deadline = this.#cluster.platform.clock.monotonic() + this.#settings.maxBlockMs;
    const wait = new Promise<Placed>((resolve, reject) => {
      state.waiting.push({ message, now, deadline, resolve, reject });
    });
    this.#waits.add(wait);
    const settled = (): void => void this.#waits.delete(wait);
    wait.then(settled, settled);
    this.placeWaiting();
    this.#arm();
    return wait;
  }

  /** Those that wait, for whoever wants to wait for them. */
  waits(): Iterable<Promise<Placed>> {
    return this.#waits;
  }

  /** Places those that wait, as far as there is room. */
  placeWaiting(): void {
    if (this.#waits.size === 0) return;
    for (const [topic, state] of this.#topics) {
      const metadata = this.#cluster.metadata.topic(topic);
      if (metadata === undefined || metadata.partitions.length === 0) {
        if (state.waiting.length > 0) void this.#lookUp(topic, state);
        continue;
      }
      for (let next = state.waiting[0]; next !== undefined; next = state.waiting[0]) {
        try {
          const batch = this.#append(next.message, metadata, state, next.now);
          if (batch === null) break;
          next.resolve({ batch, index: batch.recordCount - 1 });
        } catch (error) {
          next.reject(error);
        }
        state.waiting.shift();
      }
    }
  }

  /** Refuses those that wait. */
  refuseWaiting(error: KafkaClientError): void {
    for (const { waiting } of this.#topics.values()) {
      for (const { reject } of waiting.splice(0)) reject(error);
    }
  }

  close(error: KafkaClientError): void {
    this.#timer?.cancel();
    this.refuseWaiting(error);
  }

  #append(
    message: ProducerMessage,
    metadata: TopicMetadata,
    state: TopicState,
    now: number,
  ): ProducerBatch | null {
    const timestamp = message.timestamp ?? now;
    const key = typeof message.key === 'string' ? Buffer.from(message.key) : (message.key ?? null);
    const record = { timestamp, key, value: message.value, headers: headerList(message.headers) };
    this.#checkRecord(message, record);
    const chosen = this.#choosePartition(message, key, metadata);
    const partition = chosen ?? state.sticky.current(() => this.#load(metadata));
    const queue = this.#accumulator.queue(metadata.name, partition);
    const batch = this.#accumulator.append(queue, record, this.#cluster.platform.clock);
    if (batch === null) {
      this.#onReady();
      return null;
    }
    this.#onAppended?.(queue);
    if (chosen === undefined) {
      state.sticky.appended(this.#accumulator.appendedBytes, this.#accumulator.isFull(batch));
    }
    if (this.#accumulator.appendNeedsSender) {
      this.#onReady();
      if (!this.#cluster.isFresh(metadata.name)) void this.#lookUp(metadata.name, state);
    }
    return batch;
  }

  #checkRecord({ topic }: ProducerMessage, record: AppendedRecord): void {
    const { key, value, headers } = record;
    const { maxRequestSizeBytes } = this.#settings;
    const size = batchSizeUpperBound(key, value, headers);
    if (size <= maxRequestSizeBytes) return;
    throw new KafkaClientError(
      'MESSAGE_TOO_LARGE',
      `a record of ${size} bytes for topic ${topic} exceeds \`maxRequestSizeBytes\` (${maxRequestSizeBytes}); send less in one record, or raise it here and max.message.bytes at the topic`,
    );
  }

  /** Undefined: no key and no rule of the user's own. */
  #choosePartition(
    message: ProducerMessage,
    key: Uint8Array | null,
    metadata: TopicMetadata,
  ): number | undefined {
    const count = metadata.partitions.length;
    const given = message.partition ?? this.#settings.partitioner?.(message, metadata);
    if (given === undefined) return key === null ? undefined : partitionForKey(key, count);
    if (Number.isInteger(given) && given >= 0 && given < count) return given;
    throw invalidArgument(
      `topic ${metadata.name} has no partition ${given}: it has ${count}, counted from 0`,
    );
  }

  #load({ name, partitions, available }: TopicMetadata): PartitionLoad[] {
    const candidates = available.length > 0 ? available : partitions.map((p) => p.partition);
    return candidates.map((partition) => ({
      partition,
      queuedBatches: this.#accumulator.queuedBatches(name, partition),
    }));
  }

  #state(topic: string): TopicState {
    let state = this.#topics.get(topic);
    if (state === undefined) {
      const stickyBytes = Math.max(1, this.#settings.batchSizeBytes);
      const sticky = new StickyPartitioner(this.#cluster.platform.random, stickyBytes);
      state = { sticky, waiting: [], lookingUp: false };
      this.#topics.set(topic, state);
    }
    return state;
  }

  async #lookUp(topic: string, state: TopicState): Promise<void> {
    if (state.lookingUp) return;
    state.lookingUp = true;
    const { maxBlockMs, allowAutoTopicCreation } = this.#settings;
    try {
      await this.#cluster.topic(topic, { timeoutMs: maxBlockMs, allowAutoTopicCreation });
    } catch (error) {
      for (const { reject } of state.waiting.splice(0)) reject(error);
    } finally {
      state.lookingUp = false;
    }
    this.placeWaiting();
  }

  /** Wakes at the deadline of the `send` that waits longest. */
  #arm(): void {
    if (this.#timer !== null || this.#waits.size === 0) return;
    const { clock } = this.#cluster.platform;
    let earliest = Number.POSITIVE_INFINITY;
    for (const { waiting } of this.#topics.values()) {
      earliest = Math.min(earliest, waiting[0]?.deadline ?? earliest);
    }
    this.#timer = clock.setTimer(Math.max(0, earliest - clock.monotonic()), () => {
      this.#timer = null;
      this.#refuseLate(clock.monotonic());
      this.#arm();
    });
  }

  #refuseLate(now: number): void {
    for (const [topic, { waiting }] of this.#topics) {
      while (waiting[0] !== undefined && waiting[0].deadline <= now) {
        waiting.shift()!.reject(this.#lateError(topic));
      }
    }
  }

  #lateError(topic: string): KafkaClientError {
    const { bufferMemoryBytes, maxBlockMs } = this.#settings;
    return this.#cluster.metadata.topic(topic) === undefined
      ? new KafkaClientError(
          'TIMEOUT',
          `the partitions of topic ${topic} were not known within ${maxBlockMs} ms; check that it exists and that a broker can be reached`,
          { retriable: true },
        )
      : new KafkaClientError(
          'BUFFER_EXHAUSTED',
          `the buffer of ${bufferMemoryBytes} bytes was full for ${maxBlockMs} ms; await \`send\`, or raise \`bufferMemoryBytes\``,
          { retriable: true },
        );
  }
}
