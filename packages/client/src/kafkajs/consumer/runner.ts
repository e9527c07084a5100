import type { Client, MessageBatch } from '../../index.ts';
import { keyOf, type TopicPartition } from '../../topic-partition.ts';
import { KafkaJSNumberOfRetriesExceeded } from '../errors.ts';
import { asKafkaJSError, translated } from '../failures.ts';
import type { Logger } from '../logging.ts';
import { backoffMs } from '../retry.ts';
import type { Offsets, RetryOptions } from '../types.ts';
import { batchSummary, kafkaBatch } from './batch.ts';
import { type Handlers, type HandlingConsumer, handleBatch } from './batch-handler.ts';
import type { Placed } from './placed.ts';
import { type AutoCommit, ResolvedOffsets } from './resolved-offsets.ts';

export type CoreConsumer = ReturnType<Client['consumer']>;

export interface RunnerOptions {
  readonly core: CoreConsumer;
  readonly placed: Placed;
  readonly handlers: Handlers;
  readonly autoCommit: AutoCommit;
  /** So many partitions are worked on at the same time, each in its order. */
  readonly concurrency: number;
  readonly retry: RetryOptions;
  readonly logger: Logger;
  readonly onBatch: (when: 'start' | 'end', summary: object) => void;
  readonly onCommit: (topics: Offsets['topics']) => void;
}

/** One run of a consumer: reads batches, and hands them to the program's handlers until it is stopped. */
export class Runner implements HandlingConsumer {
  readonly #options: RunnerOptions;
  readonly #resolved: ResolvedOffsets;
  readonly #stopping = new AbortController();
  /** The handling of each partition's batch; one at a time, since the partition is paused meanwhile. */
  readonly #inHand = new Map<string, Promise<void>>();
  /** Partitions that were given back, or lost: true for those whose offsets are somebody else's. */
  readonly #gone = new Map<string, boolean>();
  /** Where each partition's handler has come to within its batch. */
  readonly #done = new Map<string, number>();
  #failure: Error | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#resolved = new ResolvedOffsets(options.autoCommit, Date.now());
  }

  /** Resolves when it was stopped; rejects with what no retry could help. */
  run(): Promise<void> {
    this.#ended = this.#run();
    return this.#ended;
  }

  /** Resolves when the handlers have come to an end and what they resolved is committed. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ended.catch(() => {});
  }

  async #run(): Promise<void> {
    const { core, concurrency } = this.#options;
    const { signal } = this.#stopping;
    try {
      for await (const batch of core.batches({ signal })) {
        const key = keyOf(batch);
        core.pause([batch]);
        const handled = this.#handle(batch).finally(() => this.#inHand.delete(key));
        this.#inHand.set(key, handled);
        while (this.#inHand.size >= concurrency) await Promise.race(this.#inHand.values());
        if (this.#failure !== undefined) break;
      }
    } catch (error) {
      this.#fail(asKafkaJSError(error) as Error);
    }
    this.#stopping.abort();
    await Promise.all(this.#inHand.values());
    try {
      await this.#commitResolved();
    } catch (error) {
      this.#fail(error as Error);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#stopping.abort();
  }

  /** Never rejects. */
  async #handle(batch: MessageBatch): Promise<void> {
    const { core, placed, onBatch } = this.#options;
    const begin = Date.now();
    const first = batch.messages[0]!.offset;
    const summary = batchSummary(kafkaBatch(batch, first));
    onBatch('start', summary);
    try {
      await this.#handleWithRetries(batch, first);
      onBatch('end', { ...summary, duration: Date.now() - begin });
      await this.#commitResolved();
    } catch (error) {
      this.#fail(error as Error);
    }
    if (this.#gone.has(keyOf(batch))) return;
    this.#goOn(batch);
    if (!placed.isPaused(batch)) core.resume([batch]);
  }

  /** From the first message that is not done, when the handler left the batch before its end. */
  #goOn(batch: MessageBatch): void {
    const { core, placed } = this.#options;
    const seek = placed.takeSeek(batch);
    const next = seek ?? this.#done.get(keyOf(batch));
    this.#done.delete(keyOf(batch));
    const end = batch.messages.at(-1)!.offset + 1;
    if (seek !== undefined) core.seek(batch, seek);
    else if (next !== undefined && next < end) core.seek(batch, next);
    else if (next === undefined) core.seek(batch, batch.messages[0]!.offset);
  }

  async #handleWithRetries(batch: MessageBatch, first: number): Promise<void> {
    const { handlers, logger, retry } = this.#options;
    const begin = Date.now();
    for (let attempt = 0; ; attempt++) {
      const from = this.#done.get(keyOf(batch)) ?? first;
      try {
        await handleBatch(batch, from, { handlers, consumer: this });
        return;
      } catch (error) {
        const { topic, partition } = batch;
        const what = handlers.eachMessage === undefined ? 'eachBatch' : 'eachMessage';
        logger.error(`Error when calling ${what}`, { topic, partition, error: String(error) });
        await this.#commitResolved();
        const delayMs = backoffMs(retry, attempt);
        const isLast = delayMs === null || (error as { retriable?: boolean }).retriable === false;
        if (isLast) throw asCrash(error, { attempt, retryTime: Date.now() - begin });
        await this.#pauseFor(delayMs);
        if (!this.isRunning() || this.isStale(batch)) return;
      }
    }
  }

  #pauseFor(durationMs: number): Promise<void> {
    const { signal } = this.#stopping;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, durationMs);
      signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
    });
  }

  // What is asked of the consumer while a batch is handled.

  isRunning(): boolean {
    return !this.#stopping.signal.aborted;
  }

  isStale(place: TopicPartition): boolean {
    return this.#options.placed.hasSeek(place) || this.#gone.has(keyOf(place));
  }

  isPaused(place: TopicPartition): boolean {
    return this.#options.placed.isPaused(place);
  }

  pause({ topic, partition }: TopicPartition): () => void {
    const { placed, core } = this.#options;
    placed.pause({ topic, partitions: [partition] });
    return () => {
      placed.resume({ topic, partitions: [partition] });
      this.#resumeIdle(core, { topic, partition });
    };
  }

  resolve(place: TopicPartition, offset: number): void {
    if (this.#options.placed.hasSeek(place) || this.#gone.get(keyOf(place)) === true) return;
    this.#done.set(keyOf(place), offset + 1);
    this.#resolved.resolve(place, offset + 1);
  }

  async commitIfDue(): Promise<void> {
    if (this.#resolved.isDue(Date.now())) await this.#commitResolved();
  }

  async commit({ topics }: Offsets): Promise<void> {
    const offsets = topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => ({ topic, partition, offset: Number(offset) })),
    );
    if (offsets.length === 0) return;
    await translated(this.#options.core.commit(offsets));
    this.#options.onCommit(topics);
  }

  uncommitted(): Offsets {
    return this.#resolved.uncommitted();
  }

  // What the group and the program do meanwhile.

  isInHand(place: TopicPartition): boolean {
    return this.#inHand.has(keyOf(place));
  }

  /** Partitions go to other members: their handlers end first, and what they did is committed. */
  async revoke(partitions: readonly TopicPartition[]): Promise<void> {
    for (const place of partitions) this.#gone.set(keyOf(place), false);
    await Promise.all(partitions.flatMap((place) => this.#inHand.get(keyOf(place)) ?? []));
    await this.#commitResolved();
  }

  /** They are somebody else's already. */
  lose(partitions: readonly TopicPartition[]): void {
    for (const place of partitions) this.#gone.set(keyOf(place), true);
    this.#resolved.forget(partitions);
  }

  own(partitions: readonly TopicPartition[]): void {
    for (const place of partitions) this.#gone.delete(keyOf(place));
  }

  #resumeIdle(core: CoreConsumer, place: TopicPartition): void {
    const isOwned = core.assignment().some((own) => keyOf(own) === keyOf(place));
    if (isOwned && !this.isInHand(place)) core.resume([place]);
  }

  async #commitResolved(): Promise<void> {
    if (!this.#options.autoCommit.enabled) return;
    const { topics } = this.#resolved.uncommitted();
    const offsets = this.#resolved.take(Date.now());
    if (offsets.length === 0) return;
    try {
      await translated(this.#options.core.commit(offsets));
    } catch (error) {
      this.#resolved.putBack(offsets);
      throw error;
    }
    this.#options.onCommit(topics);
  }
}

function asCrash(error: unknown, { attempt, retryTime }: { attempt: number; retryTime: number }) {
  const cause = error instanceof Error ? error : new Error(String(error));
  if ((error as { retriable?: boolean }).retriable === false) return cause;
  return new KafkaJSNumberOfRetriesExceeded(cause, { cause, retryCount: attempt, retryTime });
}
