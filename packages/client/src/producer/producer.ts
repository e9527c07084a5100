import type { Timer } from '@tidelog/platform';
import { closedError, invalidArgument, type KafkaClientError } from '../client-error.ts';
import type { Cluster, Lane } from '../cluster/cluster.ts';
import { inBytes, type TypedMessage } from '../serde/typed-message.ts';
import type { AnyTopic } from '../serde/topic.ts';
import { Accumulator } from './accumulator.ts';
import { Idempotence } from './idempotence.ts';
import { Intake } from './intake.ts';
import type { ProducerMessage, SendAllOptions, SentRecord } from './message.ts';
import { PartitionChoice } from './partition-choice.ts';
import { codecOf, type ProducerSettings } from './producer-settings.ts';
import { SendRun } from './send-run.ts';
import { Sender } from './sender.ts';
import { Transaction } from './transaction/transaction.ts';
import { Transactions } from './transaction/transactions.ts';

/**
 * Sends records. Records of one partition keep the order of the calls; with idempotence (the default)
 * each is written once, whatever is retried.
 *
 * @example
 * await using producer = client.producer();
 * const { partition, offset } = await producer.send({ topic: 'orders', key: 'k', value: 'v' });
 *
 * @example
 * await using producer = client.producer({ transactionalId: 'billing-1' });
 * await producer.transaction(async (tx) => {
 *   await tx.send({ topic: 'payments', key: 'k', value: 'v' });
 *   await tx.sendOffsets([{ topic: 'orders', partition: 0, offset: 12 }], consumer);
 * });
 */
export class Producer {
  readonly #cluster: Cluster;
  readonly #settings: ProducerSettings;
  readonly #lane: Lane;
  readonly #onClose: () => void;
  readonly #accumulator: Accumulator;
  readonly #intake: Intake;
  readonly #sender: Sender;
  readonly #transactions: Transactions | null;
  /** Messages whose serdes have something to wait for, until they have their places. */
  readonly #encoding = new Set<Promise<SendRun>>();
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
    const accumulator = new Accumulator(settings);
    this.#accumulator = accumulator;
    const { transactionalId } = settings;
    const idempotence = settings.idempotence ? new Idempotence(transactionalId !== null) : null;
    const transactions =
      transactionalId === null
        ? null
        : new Transactions({
            cluster,
            settings,
            lane,
            transactionalId,
            producer: {
              flush: () => this.#flush(),
              abandon: (error) => this.#abandon(error),
              identified: (identity) => idempotence!.initialized(identity),
              wake: () => this.#sender.wake(),
            },
          });
    this.#transactions = transactions;
    this.#intake = new Intake({
      cluster,
      settings,
      accumulator,
      choice: new PartitionChoice({
        cluster,
        settings,
        accumulator,
        stalledSince: (node) => this.#sender.stalledSince(node),
      }),
      onReady: () => this.#sender.wake(),
      transactions,
    });
    const onRoom = (): void => this.#intake.placeWaiting();
    const shared = { cluster, accumulator, settings, lane };
    this.#sender = new Sender({ ...shared, idempotence, transactions, onRoom });
  }

  /**
   * Resolves when the record is written as `acks` asks for. Waits while the buffer is full: a caller that
   * awaits is slowed down, one that does not is refused after `maxBlockMs` (BUFFER_EXHAUSTED).
   */
  send(message: ProducerMessage): Promise<SentRecord>;
  /** The same with the types of a topic. What its serdes wait for may let later messages go first. */
  send<T extends AnyTopic>(message: TypedMessage<T>): Promise<SentRecord>;
  send(message: ProducerMessage | TypedMessage): Promise<SentRecord> {
    // Not async: what that takes for each record is more than all else.
    try {
      this.#checkAlone();
      return this.#send(message);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Sends many records, cheaper than `send` for each of them. Resolves when all are written, with their
   * places in the order of `messages`; rejects with the first failure when all have their outcome.
   */
  async sendAll(
    messages: readonly ProducerMessage[],
    options: SendAllOptions = {},
  ): Promise<SentRecord[]> {
    this.#checkAlone();
    return this.#sendAll(messages, options);
  }

  /**
   * Runs `work` in a transaction: commits when it returns, aborts when it throws, and throws that on. Where the
   * commit is refused the transaction is aborted too, and `work` may be run again. A failure whose
   * `transaction` is `fatal` means that another producer has to take over.
   *
   * @example
   * await producer.transaction(async (tx) => {
   *   await tx.sendAll([{ topic: 'a', value: '1' }, { topic: 'b', value: '2' }]);
   * });
   */
  async transaction<T>(work: (transaction: Transaction) => T | Promise<T>): Promise<T> {
    const transaction = await this.begin();
    try {
      const result = await work(transaction);
      if (!transaction.isEnded) await transaction.commit();
      return result;
    } catch (error) {
      // What cannot be aborted has failed for good, and says so at the next begin; or was committed perhaps.
      if (!transaction.isEnded) await transaction.abort().catch(() => {});
      throw error;
    }
  }

  /** Begins a transaction, for those who end it by themselves. There is one at a time. */
  async begin(): Promise<Transaction> {
    this.#checkOpen();
    const transactions = this.#transactions;
    if (transactions === null) {
      throw invalidArgument('transactions need a producer with a `transactionalId`');
    }
    await transactions.begin();
    return new Transaction(transactions, {
      send: (message) => this.#sendIn(transactions, () => this.#send(message)),
      sendAll: (messages, options) =>
        this.#sendIn(transactions, () => this.#sendAll(messages, options)),
    });
  }

  /** Sends all that waits, without lingering; resolves when each record has its outcome, good or bad. */
  async flush(): Promise<void> {
    await this.#flush();
  }

  /**
   * Sends what waits and aborts an open transaction, for at most `timeoutMs`, and closes; what was not
   * sent by then fails.
   */
  async close(options: { timeoutMs?: number } = {}): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const timeoutMs = options.timeoutMs ?? this.#settings.deliveryTimeoutMs;
    let timer: Timer | undefined;
    const late = new Promise<void>((resolve) => {
      timer = this.#cluster.platform.clock.setTimer(timeoutMs, resolve);
    });
    const ended = this.#transactions?.close().catch(() => {}); // the coordinator's timeout does it then
    await Promise.race([Promise.all([ended, this.#flush()]), late]);
    timer?.cancel();
    const error = closedError('producer');
    this.#transactions?.stop();
    this.#sender.close(error);
    this.#intake.close(error);
    this.#cluster.closeLane(this.#lane);
    this.#onClose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #send(given: ProducerMessage | TypedMessage): Promise<SentRecord> {
    this.#checkOpen();
    let encoded: ProducerMessage | Promise<ProducerMessage>;
    try {
      encoded = inBytes(given);
    } catch (error) {
      this.#transactions?.refused(error);
      throw error;
    }
    if (encoded instanceof Promise) return resultOf(this.#later(encoded));
    const now = this.#cluster.platform.clock.now();
    const batch = this.#intake.place(encoded, now);
    if (batch === null) return resultOf(this.#take([encoded]));
    return batch.sent(batch.recordCount - 1, encoded.timestamp ?? now);
  }

  async #sendAll(
    messages: readonly ProducerMessage[],
    { compression }: SendAllOptions,
  ): Promise<SentRecord[]> {
    this.#checkOpen();
    const codec = compression === undefined ? this.#settings.codec : codecOf(compression);
    const run = await this.#take(messages, codec);
    return run.results();
  }

  /** Gives the messages their places, in the turn of the call as far as that is possible. */
  #take(
    messages: readonly ProducerMessage[],
    codec = this.#settings.codec,
  ): SendRun | Promise<SendRun> {
    const run = new SendRun(messages, this.#cluster.platform.clock.now(), codec);
    const waiting = this.#intake.take(run);
    return waiting === null ? run : waiting.then(() => run);
  }

  /** Gives a message its place when its serdes are ready; `flush`, and so the end of a transaction, waits for that. */
  #later(encoding: Promise<ProducerMessage>): Promise<SendRun> {
    const turn = this.#transactions?.turn;
    const taken = encoding.then((message) => {
      if (this.#sender.isClosed) throw closedError('producer');
      this.#transactions?.checkTakes(turn);
      return this.#take([message]);
    });
    this.#encoding.add(taken);
    const settled = (): void => void this.#encoding.delete(taken);
    taken.then(settled, (error: unknown) => {
      settled();
      this.#transactions?.refused(error);
    });
    return taken;
  }

  async #sendIn<T>(transactions: Transactions, send: () => Promise<T>): Promise<T> {
    transactions.checkOpen();
    return send();
  }

  async #flush(): Promise<void> {
    this.#sender.urgent++;
    this.#sender.wake();
    try {
      await Promise.allSettled(this.#encoding);
      await Promise.allSettled(this.#intake.waits());
      await Promise.all(Array.from(this.#accumulator.incomplete, ({ done }) => done));
    } finally {
      this.#sender.urgent--;
    }
  }

  #abandon(error: KafkaClientError): void {
    this.#intake.refuseWaiting(error);
    this.#sender.abandon(error);
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError('producer');
  }

  #checkAlone(): void {
    if (this.#transactions === null) return;
    throw invalidArgument(
      'a producer with a `transactionalId` sends in transactions only: `producer.transaction(tx => …)`',
    );
  }
}

/** Of a run of one record. */
async function resultOf(run: SendRun | Promise<SendRun>): Promise<SentRecord> {
  const [sent] = await (await run).results();
  return sent!;
}
