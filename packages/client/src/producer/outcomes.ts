import { errorOf, errors, type ResponseOutput } from '@tidelog/protocol';
import { brokerError, KafkaClientError } from '../client-error.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { backoffMs } from '../cluster/waiting.ts';
import { tellProduced } from '../diagnostics/record-events.ts';
import type { Accumulator } from './accumulator.ts';
import type { Idempotence } from './idempotence.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { ProducerBatch } from './producer-batch.ts';
import type { ProducerSettings } from './producer-settings.ts';
import type { Transactions } from './transaction/transactions.ts';

export type PartitionResponse =
  ResponseOutput<'Produce'>['responses'][number]['partitionResponses'][number];

/** What becomes of a batch after it was sent, or was not: done, sent again, split, given up. */
export class Outcomes {
  readonly #cluster: Cluster;
  readonly #accumulator: Accumulator;
  readonly #settings: ProducerSettings;
  readonly #idempotence: Idempotence | null;
  readonly #transactions: Transactions | null;
  readonly #onRoom: () => void;
  readonly #onStaleMetadata: (topic: string) => void;

  constructor(options: {
    cluster: Cluster;
    accumulator: Accumulator;
    settings: ProducerSettings;
    idempotence: Idempotence | null;
    transactions: Transactions | null;
    /** Memory was freed. */
    onRoom: () => void;
    /** The leader may have moved. */
    onStaleMetadata: (topic: string) => void;
  }) {
    this.#cluster = options.cluster;
    this.#accumulator = options.accumulator;
    this.#settings = options.settings;
    this.#idempotence = options.idempotence;
    this.#transactions = options.transactions;
    this.#onRoom = options.onRoom;
    this.#onStaleMetadata = options.onStaleMetadata;
  }

  /** The broker refused a batch. */
  answered(queue: PartitionQueue, batch: ProducerBatch, answer: PartitionResponse): void {
    if (batch.isDone) return;
    const { leaderId, leaderEpoch } = answer.currentLeader;
    if (leaderId >= 0) {
      this.#cluster.metadata.moveLeader(queue.topic, queue.partition, leaderId, leaderEpoch);
    }
    const error = errorOf(answer.errorCode);
    const maySplit = batch.recordCount > 1 && (this.#transactions?.mayRetry ?? true);
    if (error === errors.MESSAGE_TOO_LARGE && maySplit) {
      this.#split(queue, batch);
      return;
    }
    if (error === errors.DUPLICATE_SEQUENCE_NUMBER) {
      this.succeed(queue, batch, -1, -1); // it is written, but the broker forgot where
      return;
    }
    const subject = `${queue.topic}-${queue.partition}`;
    const failure = brokerError(answer.errorCode, subject, answer.errorMessage);
    const byRecord = new Map(
      answer.recordErrors.map(({ batchIndex, batchIndexErrorMessage }) => [
        batchIndex,
        brokerError(answer.errorCode, subject, batchIndexErrorMessage ?? answer.errorMessage),
      ]),
    );
    this.failed(queue, batch, failure, byRecord);
  }

  succeed(
    queue: PartitionQueue,
    batch: ProducerBatch,
    baseOffset: number,
    logAppendTimeMs: number,
  ): void {
    this.#idempotence?.succeeded(queue, batch);
    tellProduced(this.#cluster, batch, baseOffset, null);
    batch.succeed({ baseOffset, logAppendTimeMs });
    this.#accumulator.release(batch, this.#settings.acks !== 0);
  }

  /** Sends the batch again where that may help, or ends it. */
  failed(
    queue: PartitionQueue,
    batch: ProducerBatch,
    error: KafkaClientError,
    byRecord?: ReadonlyMap<number, KafkaClientError>,
  ): void {
    if (batch.isDone) return;
    const { clock, random } = this.#cluster.platform;
    const now = clock.monotonic();
    const helps =
      this.#idempotence?.retries(queue, batch, error.code, error.retriable) ?? error.retriable;
    const mayRetry = helps && (this.#transactions?.mayRetry ?? true);
    if (mayRetry && now - batch.createdAt < this.#settings.deliveryTimeoutMs) {
      const pause = backoffMs(random, this.#cluster.settings.retryBackoff, batch.attempts - 1);
      batch.retryAt = now + pause;
      this.#accumulator.putBack(queue, batch);
      // The answer may have told of the new leader already (KIP-951).
      const moved = this.#cluster.metadata.partition(queue.topic, queue.partition);
      const isKnown = moved !== undefined && moved.leaderEpoch > batch.leaderEpoch;
      if (isStaleMetadata(error) && !isKnown) this.#onStaleMetadata(queue.topic);
      return;
    }
    if (helps) this.#idempotence?.expired(queue, batch);
    else this.#idempotence?.refused(queue, batch);
    this.#end(batch, error, byRecord);
  }

  /** A batch has failed for good. */
  #end(
    batch: ProducerBatch,
    error: KafkaClientError,
    byRecord?: ReadonlyMap<number, KafkaClientError>,
  ): void {
    const told = this.#transactions?.batchFailed(error, batch.hasSequence) ?? error;
    tellProduced(this.#cluster, batch, -1, told);
    batch.fail(byRecord === undefined ? { error: told } : { error: told, byRecord });
    this.#accumulator.release(batch);
  }

  #split(queue: PartitionQueue, batch: ProducerBatch): void {
    const limit = Math.min(this.#settings.batchSizeBytes, batch.bytes.length / 2);
    const parts = batch.split(limit);
    this.#accumulator.ratios.refused(queue.topic, batch.codec);
    this.#idempotence?.split(queue, batch, parts);
    this.#accumulator.release(batch);
    this.#accumulator.putBack(queue, ...parts);
  }

  /** Gives up what was not delivered in time. */
  expire(now: number): void {
    const { deliveryTimeoutMs } = this.#settings;
    let freed = false;
    // Oldest first; a batch that is on the wire is given up too, and its answer may still come.
    for (const batch of this.#accumulator.incomplete) {
      if (now - batch.createdAt < deliveryTimeoutMs) break;
      const { queue } = batch;
      const error = new KafkaClientError(
        'DELIVERY_TIMEOUT',
        `${queue.topic}-${queue.partition}: ${batch.recordCount} records were not delivered within ${deliveryTimeoutMs} ms; check that the broker can be reached and has a leader for the partition`,
        { retriable: true },
      );
      queue.remove(batch);
      if (queue.batches.length === 0) this.#accumulator.active.delete(queue);
      this.#idempotence?.expired(queue, batch);
      this.#end(batch, error);
      freed = true;
    }
    if (freed) this.#onRoom();
  }

  /** Ends what has not left, or waits to be sent again. */
  abandon(error: KafkaClientError): void {
    for (const queue of this.#accumulator.active) {
      for (const batch of queue.batches.splice(0)) {
        this.#idempotence?.expired(queue, batch);
        this.#end(batch, error);
      }
    }
    this.#accumulator.active.clear();
    this.#onRoom();
  }

  /** Ends all that has no outcome yet. */
  failAll(error: KafkaClientError): void {
    for (const queue of this.#accumulator.queues()) {
      for (const batch of queue.batches.splice(0)) this.#idempotence?.expired(queue, batch);
      this.#accumulator.active.delete(queue);
    }
    for (const batch of this.#accumulator.incomplete) {
      tellProduced(this.#cluster, batch, -1, error);
      batch.fail({ error });
      this.#accumulator.release(batch);
    }
    this.#onRoom();
  }
}

function isStaleMetadata({ code }: KafkaClientError): boolean {
  return code === 'NETWORK_EXCEPTION' || code === 'REQUEST_TIMED_OUT' || STALE.has(code);
}

const STALE: ReadonlySet<string> = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'FENCED_LEADER_EPOCH',
  'KAFKA_STORAGE_ERROR',
  'REPLICA_NOT_AVAILABLE',
]);
