import type { Timer } from '@tidelog/platform';
import { batchSizeUpperBound } from '@tidelog/protocol';
import { closedError, invalidArgument, KafkaClientError } from '../client-error.ts';
import type { Cluster, Lane } from '../cluster/cluster.ts';
import type { TopicMetadata } from '../cluster/metadata.ts';
import { Accumulator, type AppendedRecord } from './accumulator.ts';
import { headerList, type ProducerMessage, type SentRecord } from './message.ts';
import { partitionForKey } from './murmur2.ts';
import type { ProducerBatch } from './producer-batch.ts';
import type { ProducerSettings } from './producer-settings.ts';
import { Sender } from './sender.ts';
import { type PartitionLoad, StickyPartitioner } from './sticky-partitioner.ts';

/** A record that has its place in a batch. */
interface Placed {
  readonly batch: ProducerBatch;
  readonly index: number;
  readonly partition: number;
  readonly timestamp: number;
}

/** A `send` that waits for room, or for the topic's partitions. */
interface Waiting {
  readonly message: ProducerMessage;
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

/**
 * Sends records. Records of one partition keep the order of the calls; with idempotence (the default)
 * each is written once, whatever is retried.
 *
 * @example
 * await using producer = client.producer();
 * const { partition, offset } = await producer.send({ topic: 'orders', key: 'k', value: 'v' });
 */
export class Producer {
  readonly #cluster: Cluster;
  readonly #settings: ProducerSettings;
  readonly #lane: Lane;
  readonly #onClose: () => void;
  readonly #accumulator: Accumulator;
  readonly #sender: Sender;
  readonly #topics = new Map<string, TopicState>();
  /** Those among the calls of `send` that wait for their turn. */
  readonly #waits = new Set<Promise<Placed>>();
  #timer: Timer | null = null;
  #closed = false;

  constructor(options: {
    cluster: Cluster;
    settings: ProducerSettings;
    lane: Lane;
    onClose: () => void;
  }) {
    const { cluster, settings, lane } = options;
    this.#cluster = cluster;
    this.#settings = settings;
    this.#lane = lane;
    this.#onClose = options.onClose;
    this.#accumulator = new Accumulator(settings);
    const onRoom = (): void => this.#placeWaiting();
    this.#sender = new Sender({ cluster, accumulator: this.#accumulator, settings, lane, onRoom });
  }

  /**
   * Resolves when the record is written as `acks` asks for. Waits while the buffer is full: a caller that
   * awaits is slowed down, one that does not is refused after `maxBlockMs` (BUFFER_EXHAUSTED).
   */
  async send(message: ProducerMessage): Promise<SentRecord> {
    const now = this.#cluster.platform.clock.now();
    const placed = this.#place(message, now) ?? (await this.#wait(message));
    await placed.batch.done;
    return resultOf(message.topic, placed);
  }

  /**
   * Sends many records, cheaper than `send` for each of them. Resolves when all are written, with their
   * places in the order of `messages`; rejects with the first failure when all have their outcome.
   */
  async sendAll(messages: readonly ProducerMessage[]): Promise<SentRecord[]> {
    const placed: (Placed | undefined)[] = [];
    const failures: unknown[] = [];
    const now = this.#cluster.platform.clock.now();
    for (const message of messages) {
      try {
        placed.push(this.#place(message, now) ?? (await this.#wait(message)));
      } catch (error) {
        placed.push(undefined);
        failures.push(error);
      }
    }
    let last: ProducerBatch | null = null;
    for (const place of placed) {
      if (place === undefined || place.batch === last) continue;
      last = place.batch;
      await last.done;
    }
    if (failures.length > 0) throw failures[0];
    return placed.map((place, i) => resultOf(messages[i]!.topic, place!));
  }

  /** Sends all that waits, without lingering; resolves when each record has its outcome, good or bad. */
  async flush(): Promise<void> {
    this.#sender.urgent++;
    this.#sender.wake();
    try {
      await Promise.allSettled(this.#waits);
      await Promise.all(Array.from(this.#accumulator.incomplete, ({ done }) => done));
    } finally {
      this.#sender.urgent--;
    }
  }

  /** Sends what waits, for at most `timeoutMs`, and closes; what was not sent by then fails. */
  async close(options: { timeoutMs?: number } = {}): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const timeoutMs = options.timeoutMs ?? this.#settings.deliveryTimeoutMs;
    let timer: Timer | undefined;
    const late = new Promise<void>((resolve) => {
      timer = this.#cluster.platform.clock.setTimer(timeoutMs, resolve);
    });
    await Promise.race([this.flush(), late]);
    timer?.cancel();
    this.#timer?.cancel();
    const error = closedError('producer');
    this.#sender.close(error);
    for (const { waiting } of this.#topics.values()) {
      for (const { reject } of waiting.splice(0)) reject(error);
    }
    this.#cluster.closeLane(this.#lane);
    this.#onClose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Places a record at once, or gives null where it has to wait for its turn. */
  #place(message: ProducerMessage, now: number): Placed | null {
    if (this.#closed) throw closedError('producer');
    const { topic } = message;
    const metadata = this.#cluster.metadata.topic(topic);
    const state = this.#topics.get(topic);
    if (metadata === undefined || metadata.partitions.length === 0) return null;
    if (state === undefined || state.waiting.length > 0) return null;
    return this.#append(message, metadata, state, now);
  }

  #append(
    message: ProducerMessage,
    metadata: TopicMetadata,
    state: TopicState,
    now: number,
  ): Placed | null {
    const timestamp = message.timestamp ?? now;
    const key = typeof message.key === 'string' ? Buffer.from(message.key) : (message.key ?? null);
    const record = { timestamp, key, value: message.value, headers: headerList(message.headers) };
    this.#checkRecord(message, record);
    const chosen = this.#choosePartition(message, key, metadata);
    const partition = chosen ?? state.sticky.current(() => this.#load(metadata));
    const queue = this.#accumulator.queue(metadata.name, partition);
    const batch = this.#accumulator.append(queue, record, this.#cluster.platform.clock);
    if (batch === null) {
      this.#sender.wake();
      return null;
    }
    if (chosen === undefined) {
      state.sticky.appended(this.#accumulator.appendedBytes, this.#accumulator.isFull(batch));
    }
    if (this.#accumulator.appendNeedsSender) {
      this.#sender.wake();
      if (!this.#cluster.isFresh(metadata.name)) void this.#lookUp(metadata.name, state);
    }
    return { batch, index: batch.recordCount - 1, partition, timestamp };
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

  #wait(message: ProducerMessage): Promise<Placed> {
    const { topic } = message;
    if (typeof topic !== 'string' || topic === '') {
      throw invalidArgument('a message has a `topic`, the name of one');
    }
    let state = this.#topics.get(topic);
    if (state === undefined) {
      const sticky = new StickyPartitioner(
        this.#cluster.platform.random,
        Math.max(1, this.#settings.batchSizeBytes),
      );
      state = { sticky, waiting: [], lookingUp: false };
      this.#topics.set(topic, state);
    }
    const deadline = this.#cluster.platform.clock.monotonic() + this.#settings.maxBlockMs;
    const wait = new Promise<Placed>((resolve, reject) => {
      state.waiting.push({ message, deadline, resolve, reject });
    });
    this.#waits.add(wait);
    const settled = (): void => void this.#waits.delete(wait);
    wait.then(settled, settled);
    this.#placeWaiting();
    this.#arm();
    return wait;
  }

  /** Places those that wait, as far as there is room. */
  #placeWaiting(): void {
    if (this.#waits.size === 0) return;
    for (const [topic, state] of this.#topics) {
      const metadata = this.#cluster.metadata.topic(topic);
      const isKnown = metadata !== undefined && metadata.partitions.length > 0;
      if (!isKnown) {
        if (state.waiting.length > 0) void this.#lookUp(topic, state);
        continue;
      }
      for (let next = state.waiting[0]; next !== undefined; next = state.waiting[0]) {
        try {
          const now = this.#cluster.platform.clock.now();
          const placed = this.#append(next.message, metadata, state, now);
          if (placed === null) break;
          next.resolve(placed);
        } catch (error) {
          next.reject(error);
        }
        state.waiting.shift();
      }
    }
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
    this.#placeWaiting();
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
    const { bufferMemoryBytes, maxBlockMs } = this.#settings;
    for (const [topic, { waiting }] of this.#topics) {
      while (waiting[0] !== undefined && waiting[0].deadline <= now) {
        waiting
          .shift()!
          .reject(
            this.#cluster.metadata.topic(topic) === undefined
              ? new KafkaClientError(
                  'TIMEOUT',
                  `the partitions of topic ${topic} were not known within ${maxBlockMs} ms; check that it exists and that a broker can be reached`,
                  { retriable: true },
                )
              : new KafkaClientError(
                  'BUFFER_EXHAUSTED',
                  `the buffer of ${bufferMemoryBytes} bytes was full for ${maxBlockMs} ms; await \`send\`, or raise \`bufferMemoryBytes\``,
                  { retriable: true },
                ),
          );
      }
    }
  }
}

function resultOf(topic: string, { batch, index, partition, timestamp }: Placed): SentRecord {
  const offset = batch.offsetOf(index);
  return { topic, partition, offset, timestamp: batch.timestampOf(index, timestamp) };
}
