import type { Timer } from '@tidelog/platform';
import { batchSizeUpperBound, recordSizeBound, roughRecordSize } from '@tidelog/protocol';
import { invalidArgument, KafkaClientError } from '../client-error.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { TopicMetadata } from '../cluster/metadata.ts';
import type { Accumulator, AppendedRecord } from './accumulator.ts';
import { Line } from './line.ts';
import { headerList, type ProducerMessage } from './message.ts';
import type { PartitionChoice } from './partition-choice.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { ProducerBatch } from './producer-batch.ts';
import type { ProducerSettings } from './producer-settings.ts';
import type { SendRun } from './send-run.ts';
import type { Transactions } from './transaction/transactions.ts';
import type { StickyPartitioner } from './sticky-partitioner.ts';

/** Records of a call for one topic that wait for room, or for the topic's partitions. */
interface Waiting {
  readonly run: SendRun;
  /** The messages of the run that wait, and how many of them do no more. */
  readonly places: readonly number[];
  done: number;
  /** Of the record that is next. */
  deadline: number;
  readonly resolve: () => void;
}

interface TopicState {
  readonly sticky: StickyPartitioner;
  readonly queues: readonly PartitionQueue[];
  /** In the order of their calls, which is kept. */
  readonly waiting: Line<Waiting>;
  lookingUp: boolean;
}

/** Gives each record its partition and its place in a batch, in the order of the calls. */
export class Intake {
  readonly #cluster: Cluster;
  readonly #settings: ProducerSettings;
  readonly #accumulator: Accumulator;
  readonly #choice: PartitionChoice;
  readonly #onReady: () => void;
  readonly #transactions: Transactions | null;
  /** Every request can carry a record of so many bytes. */
  readonly #carriedBytes: number;
  readonly #topics = new Map<string, TopicState>();
  readonly #waits = new Set<Promise<void>>();
  /** The record in hand. */
  readonly #record: AppendedRecord = {
    timestamp: 0,
    key: null,
    value: null,
    headers: [],
    codec: 0,
    maxSizeBytes: 0,
  };
  #timer: Timer | null = null;

  constructor(options: {
    cluster: Cluster;
    settings: ProducerSettings;
    accumulator: Accumulator;
    choice: PartitionChoice;
    /** A batch was begun, or is full: the sender should look. */
    onReady: () => void;
    transactions: Transactions | null;
  }) {
    this.#cluster = options.cluster;
    this.#settings = options.settings;
    this.#carriedBytes = options.settings.maxRequestSizeBytes - RECORD_BATCH_OVERHEAD;
    this.#accumulator = options.accumulator;
    this.#choice = options.choice;
    this.#onReady = options.onReady;
    this.#transactions = options.transactions;
  }

  /** Places a record that is sent alone; null where it has to wait for its turn. Throws what refuses it. */
  place(message: ProducerMessage, now: number): ProducerBatch | null {
    const state = this.#topics.get(message.topic);
    if (state === undefined || state.waiting.length > 0) return null;
    const metadata = this.#cluster.metadata.topic(message.topic);
    if (metadata === undefined || metadata.partitions.length === 0) return null;
    this.#record.codec = this.#settings.codec;
    try {
      return this.#append(message, now, metadata, state);
    } catch (error) {
      this.#transactions?.refused(error);
      throw error;
    }
  }

  /** Places the records of a call; gives a promise where some have to wait for their turn. */
  take(run: SendRun): Promise<unknown> | null {
    const { messages, now } = run;
    this.#record.codec = run.codec;
    let topic: string | null = null;
    let state: TopicState | undefined;
    let metadata: TopicMetadata | undefined;
    for (let i = 0; i < messages.length; i++) {
      const message = messages[i]!;
      if (message.topic !== topic) {
        topic = message.topic;
        state = this.#topics.get(topic);
        metadata = this.#cluster.metadata.topic(topic);
      }
      if (state === undefined || state.waiting.length > 0) return this.#wait(run, i);
      if (metadata === undefined || metadata.partitions.length === 0) return this.#wait(run, i);
      try {
        const batch = this.#append(message, now, metadata, state);
        if (batch === null) return this.#wait(run, i);
        run.placed(i, batch);
      } catch (error) {
        this.#fail(run, error);
      }
    }
    return null;
  }

  /** Those that wait, for whoever wants to wait for them. */
  waits(): Iterable<Promise<void>> {
    return this.#waits;
  }

  /** Places those that wait, as far as there is room. */
  placeWaiting(): void {
    if (this.#waits.size === 0) return;
    for (const [topic, state] of this.#topics) {
      if (state.waiting.length === 0) continue;
      const metadata = this.#cluster.metadata.topic(topic);
      if (metadata === undefined || metadata.partitions.length === 0) {
        void this.#lookUp(topic, state);
        continue;
      }
      for (let next = state.waiting.first; next !== undefined; next = state.waiting.first) {
        if (!this.#place(next, metadata, state)) break;
        // A failure may have refused all that waited.
        if (state.waiting.first === next) state.waiting.shift();
        next.resolve();
      }
    }
  }

  /** Refuses those that wait. */
  refuseWaiting(error: KafkaClientError): void {
    for (const { waiting } of this.#topics.values()) this.#refuse(waiting.drain(), error);
  }

  close(error: KafkaClientError): void {
    this.#timer?.cancel();
    this.refuseWaiting(error);
  }

  /** Lets the records of a run from `first` on wait, each topic's behind those that do already. */
  #wait(run: SendRun, first: number): Promise<unknown> {
    const byTopic = new Map<string, number[]>();
    for (let i = first; i < run.messages.length; i++) {
      const { topic } = run.messages[i]!;
      if (typeof topic !== 'string' || topic === '') {
        this.#fail(run, invalidArgument('a message has a `topic`, the name of one'));
        continue;
      }
      const places = byTopic.get(topic);
      if (places === undefined) byTopic.set(topic, [i]);
      else places.push(i);
    }
    const waits: Promise<void>[] = [];
    const deadline = this.#cluster.platform.clock.monotonic() + this.#settings.maxBlockMs;
    for (const [topic, places] of byTopic) {
      const state = this.#state(topic);
      const wait = new Promise<void>((resolve) => {
        state.waiting.push({ run, places, done: 0, deadline, resolve });
      });
      waits.push(wait);
      this.#waits.add(wait);
      void wait.then(() => this.#waits.delete(wait));
    }
    this.placeWaiting();
    this.#arm();
    return Promise.all(waits);
  }

  /** Places what it can; true when nothing is left. */
  #place(waiting: Waiting, metadata: TopicMetadata, state: TopicState): boolean {
    const { run, places } = waiting;
    this.#record.codec = run.codec;
    const before = waiting.done;
    for (; waiting.done < places.length; waiting.done++) {
      const i = places[waiting.done]!;
      try {
        const batch = this.#append(run.messages[i]!, run.now, metadata, state);
        if (batch === null) break;
        run.placed(i, batch);
      } catch (error) {
        this.#fail(run, error);
      }
    }
    if (waiting.done > before) {
      waiting.deadline = this.#cluster.platform.clock.monotonic() + this.#settings.maxBlockMs;
    }
    return waiting.done === places.length;
  }

  /** Of the codec that `#record` has. */
  #append(
    message: ProducerMessage,
    now: number,
    metadata: TopicMetadata,
    state: TopicState,
  ): ProducerBatch | null {
    this.#transactions?.checkTakes();
    const record = this.#record;
    const key = message.key ?? null;
    const { value } = message;
    const headers = headerList(message.headers);
    record.timestamp = message.timestamp === undefined ? now : timeOf(message);
    record.key = key;
    record.value = value;
    record.headers = headers;
    if (value === undefined) throw unwritable(message);
    record.maxSizeBytes = recordSizeBound(roughRecordSize(key, value, headers));
    if (!(record.maxSizeBytes <= this.#carriedBytes)) this.#checkSize(message);
    const chosen = this.#choice.of(message, metadata);
    const { sticky } = state;
    let partition = chosen;
    if (chosen < 0) {
      partition = sticky.current >= 0 ? sticky.current : sticky.choose(this.#choice.load(metadata));
    }
    const accumulator = this.#accumulator;
    const queue = state.queues[partition] ?? accumulator.queue(metadata.name, partition);
    const batch = accumulator.append(queue, record, this.#cluster.platform.clock);
    if (batch === null) {
      this.#onReady();
      return null;
    }
    this.#transactions?.appended(queue);
    if (chosen < 0) sticky.appended(accumulator.appendedBytes, accumulator.appendFilled);
    if (accumulator.appendNeedsSender) {
      this.#onReady();
      if (!this.#cluster.isFresh(metadata.name)) void this.#lookUp(metadata.name, state);
    }
    return batch;
  }

  #checkSize(message: ProducerMessage): void {
    if (Number.isNaN(this.#record.maxSizeBytes)) throw unwritable(message);
    const { maxRequestSizeBytes } = this.#settings;
    const { key, value, headers } = this.#record;
    const size = batchSizeUpperBound(key, value, headers);
    if (size <= maxRequestSizeBytes) return;
    throw new KafkaClientError(
      'MESSAGE_TOO_LARGE',
      `a record of ${size} bytes for topic ${message.topic} exceeds \`maxRequestSizeBytes\` (${maxRequestSizeBytes}); send less in one record, or raise it here and max.message.bytes at the topic`,
    );
  }

  #state(topic: string): TopicState {
    let state = this.#topics.get(topic);
    if (state === undefined) {
      const queues = this.#accumulator.queuesOf(topic);
      state = {
        sticky: this.#choice.sticky(),
        queues,
        waiting: new Line<Waiting>(),
        lookingUp: false,
      };
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
      this.#refuse(state.waiting.drain(), error);
    } finally {
      state.lookingUp = false;
    }
    this.placeWaiting();
  }

  /** Wakes at the deadline of whoever waits longest. */
  #arm(): void {
    if (this.#timer !== null || this.#waits.size === 0) return;
    const { clock } = this.#cluster.platform;
    let earliest = Number.POSITIVE_INFINITY;
    for (const { waiting } of this.#topics.values()) {
      earliest = Math.min(earliest, waiting.first?.deadline ?? earliest);
    }
    this.#timer = clock.setTimer(Math.max(0, earliest - clock.monotonic()), () => {
      this.#timer = null;
      this.#refuseLate(clock.monotonic());
      this.#arm();
    });
  }

  #refuseLate(now: number): void {
    for (const [topic, { waiting }] of this.#topics) {
      for (let next = waiting.first; next !== undefined && next.deadline <= now; ) {
        waiting.shift();
        this.#refuse([next], this.#lateError(topic));
        next = waiting.first;
      }
    }
  }

  #refuse(list: readonly Waiting[], error: unknown): void {
    for (const { run, resolve } of list) {
      this.#fail(run, error);
      resolve();
    }
  }

  /** A record will not be sent, which a transaction must know whether anybody waits for it or not. */
  #fail(run: SendRun, error: unknown): void {
    run.failed(error);
    this.#transactions?.refused(error);
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

/** A batch's header, and the rest of its first record's length. */
const RECORD_BATCH_OVERHEAD = 80;

/** The time that a message gives; throws INVALID_ARGUMENT where it is none. */
function timeOf({ topic, timestamp }: ProducerMessage): number {
  if (Number.isSafeInteger(timestamp) && timestamp! >= -1) return timestamp!;
  throw invalidArgument(
    `the \`timestamp\` of a message for topic ${topic} is a whole number of milliseconds`,
  );
}

/** Of a program without types: what has no length would be counted as no number of bytes. */
function unwritable({ topic }: ProducerMessage): KafkaClientError {
  return invalidArgument(
    `key, value and headers of a message for topic ${topic} are bytes, strings or null`,
  );
}
