import { abortable, type BackoffOptions, backoffMs, sleep } from '../../cluster/waiting.ts';
import { Coordinator } from '../../cluster/coordinator.ts';
import type { Cluster, Lane } from '../../cluster/cluster.ts';
import { closedError, KafkaClientError, type TransactionEffect } from '../../client-error.ts';
import type { CommitIdentity, CommittedOffset } from '../../consumer/group/group-offsets.ts';
import type { TopicPartition } from '../../topic-partition.ts';
import type { ProducerIdentity } from '../producer-batch.ts';
import type { ProducerSettings } from '../producer-settings.ts';
import { TransactionMachine } from './transaction-machine.ts';
import * as requests from './transaction-requests.ts';
import type { TransactionIdentity } from './transaction-requests.ts';
import { type TransactionApi, verdictOn } from './verdicts.ts';

/** The pause while the transaction before is being completed, which takes a few milliseconds. */
const COMPLETION_PAUSE_MS = 20;

/** The part of the producer that transactions act upon. */
export interface TransactionalProducer {
  /** Sends what waits without lingering; resolves when every record has its outcome. */
  flush(): Promise<void>;
  /** Fails what has not left. */
  abandon(error: KafkaClientError): void;
  /** The coordinator has given an id or an epoch. */
  identified(identity: ProducerIdentity): void;
  /** There may be more to send. */
  wake(): void;
}

/**
 * Carries out what a transactional producer has to ask its coordinator, one request at a time, with
 * retries. The machine says what may be done; the sender asks here before it sends.
 */
export class Transactions {
  readonly #cluster: Cluster;
  readonly #settings: ProducerSettings;
  readonly #lane: Lane;
  readonly #transactionalId: string;
  readonly #producer: TransactionalProducer;
  readonly #machine: TransactionMachine;
  readonly #coordinator: Coordinator;
  readonly #stopped = new AbortController();
  #group: { readonly id: string; readonly coordinator: Coordinator } | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #initializing: Promise<void> | null = null;
  #ending: Promise<void> | null = null;
  /** An end whose outcome is not known: true for a commit. */
  #unanswered: boolean | null = null;
  #adding = false;
  #turn = 0;

  constructor(options: {
    cluster: Cluster;
    settings: ProducerSettings;
    lane: Lane;
    transactionalId: string;
    producer: TransactionalProducer;
  }) {
    this.#cluster = options.cluster;
    this.#settings = options.settings;
    this.#lane = options.lane;
    this.#transactionalId = options.transactionalId;
    this.#producer = options.producer;
    this.#machine = new TransactionMachine(options.transactionalId);
    this.#coordinator = this.#coordinatorOf(options.transactionalId, 'transaction');
  }

  get transactionalId(): string {
    return this.#transactionalId;
  }

  /** Produce requests follow the rules of `transaction.version` 2. */
  get isVersion2(): boolean {
    return this.#machine.isVersion2;
  }

  async begin(): Promise<void> {
    if (this.#unanswered !== null) await this.#endOnce(this.#unanswered);
    if (this.#machine.state === 'unidentified' || this.#initializing !== null) {
      this.#initializing ??= this.#initialize().finally(() => {
        this.#initializing = null;
      });
      await this.#initializing;
    }
    this.#machine.begin();
    this.#turn++;
  }

  /** Throws where records are not taken. */
  checkOpen(): void {
    this.#machine.checkOpen();
  }

  /** Which transaction it is, in the order of their beginnings. */
  get turn(): number {
    return this.#turn;
  }

  /** Throws where a record that was sent in time comes too late: the transaction is over, or only to be aborted. */
  checkTakes(turn: number = this.#turn): void {
    if (!this.mayRetry || turn !== this.#turn) throw this.#machine.error ?? this.#aborted();
  }

  /** A record found no place. */
  refused(error: unknown): void {
    const message = `a record could not be sent: ${error instanceof Error ? error.message : String(error)}`;
    const known =
      error instanceof KafkaClientError
        ? error
        : new KafkaClientError('INVALID_ARGUMENT', message, { cause: error });
    this.batchFailed(known, false);
  }

  async sendOffsets(offsets: readonly CommittedOffset[], group: CommitIdentity): Promise<void> {
    this.#machine.checkOpen();
    if (offsets.length > 0) await this.#inTurn(() => this.#sendOffsets(offsets, group));
  }

  async commit(): Promise<void> {
    this.#machine.commit();
    await this.#producer.flush();
    if (this.#machine.state !== 'committing') throw this.#machine.error!;
    await this.#endOnce(true);
  }

  async abort(): Promise<void> {
    this.#machine.abort();
    this.#producer.abandon(this.#aborted());
    await this.#producer.flush();
    await this.#endOnce(false);
  }

  /** Ends what is open: nobody else will before the transaction times out. */
  async close(): Promise<void> {
    await this.#ending;
    const { state } = this.#machine;
    if (state === 'open' || state === 'spoiled') await this.abort();
  }

  /** Ends waiting for answers. */
  stop(): void {
    this.#stopped.abort(closedError('producer'));
  }

  appended(partition: TopicPartition): void {
    this.#machine.appended(partition);
  }

  /** May batches of the partition leave? */
  admits(partition: TopicPartition): boolean {
    return this.#machine.admits(partition);
  }

  /** Batches leave: from version 2 on the coordinator learns of the transaction by them. */
  leaving(): void {
    this.#machine.begun();
  }

  /** A batch that failed may be sent again. */
  get mayRetry(): boolean {
    const { state } = this.#machine;
    return state === 'open' || state === 'committing';
  }

  /** A batch is given up; gives the error that tells what that means for the transaction. */
  batchFailed(error: KafkaClientError, hadSequence: boolean): KafkaClientError {
    if (hadSequence) this.#machine.lostSequences();
    if (!this.mayRetry || error.transaction !== undefined) return error;
    return this.#strike(error, verdictOn('Produce', error) === 'fatal' ? 'fatal' : 'abortable');
  }

  /** Adds the partitions of appended records to the transaction, where brokers don't do it themselves. */
  addPartitions(): void {
    if (this.#adding || this.#machine.partitionsToAdd().length === 0) return;
    this.#adding = true;
    void this.#inTurn(() => this.#addPartitions())
      .catch((error: unknown) => {
        if (!(error instanceof KafkaClientError)) throw error; // the transaction is spoiled by it
      })
      .finally(() => {
        this.#adding = false;
        this.#producer.wake();
      });
  }

  async #initialize(): Promise<void> {
    this.#machine.initialize();
    const { transactionTimeoutMs } = this.#settings;
    try {
      const options = { before: this.#machine.identity, timeoutMs: transactionTimeoutMs };
      const identity = await this.#attempt('InitProducerId', () =>
        requests.initProducerId(this.#coordinator, this.#transactionalId, options),
      );
      this.#machine.initialized(identity, this.#clusterHasVersion2());
      this.#producer.identified(identity);
    } catch (error) {
      this.#machine.notInitialized();
      throw error;
    }
  }

  async #addPartitions(): Promise<void> {
    const partitions = this.#machine.partitionsToAdd();
    if (partitions.length === 0) return;
    await this.#attempt('AddPartitionsToTxn', () =>
      requests.addPartitions(this.#coordinator, this.#identity(), partitions),
    );
    this.#machine.added(partitions);
  }

  async #sendOffsets(offsets: readonly CommittedOffset[], group: CommitIdentity): Promise<void> {
    if (!this.mayRetry) throw this.#machine.error ?? this.#aborted();
    const { groupId } = group;
    if (!this.#machine.isVersion2) {
      await this.#attempt('AddOffsetsToTxn', () =>
        requests.addOffsets(this.#coordinator, this.#identity(), groupId),
      );
    }
    this.#machine.begun();
    if (this.#group?.id !== groupId) {
      this.#group = { id: groupId, coordinator: this.#coordinatorOf(groupId, 'group') };
    }
    const { coordinator } = this.#group;
    const content = { group, offsets, version2: this.#machine.isVersion2 };
    await this.#attempt('TxnOffsetCommit', () =>
      requests.commitTransactionOffsets(coordinator, this.#identity(), content),
    );
  }

  #endOnce(committed: boolean): Promise<void> {
    this.#ending ??= this.#inTurn(() => this.#end(committed)).finally(() => {
      this.#ending = null;
    });
    return this.#ending;
  }

  async #end(committed: boolean): Promise<void> {
    const machine = this.#machine;
    // A request in turn before may have failed.
    if (machine.state !== (committed ? 'committing' : 'aborting')) throw machine.error!;
    let identity: ProducerIdentity | null = null;
    if (machine.endIsDue) {
      try {
        identity = await this.#attempt('EndTxn', () => this.#sendEnd(committed));
      } catch (error) {
        this.#unanswered = (error as KafkaClientError).code === 'TIMEOUT' ? committed : null;
        throw error;
      }
    }
    this.#unanswered = null;
    machine.ended(identity, this.#clusterHasVersion2());
    if (identity !== null) this.#producer.identified(identity);
  }

  async #sendEnd(committed: boolean): Promise<ProducerIdentity | null> {
    const options = { committed, version2: this.#machine.isVersion2 };
    try {
      return await requests.endTransaction(this.#coordinator, this.#identity(), options);
    } catch (error) {
      const { code } = error as KafkaClientError;
      // Nothing is open where the only request that would have begun it did not arrive.
      if (!committed && code === 'INVALID_TXN_STATE' && this.#machine.mayBeUnknown) return null;
      throw error;
    }
  }

  /** Sends until there is an answer that stands, or the time of `maxBlockMs` is over. */
  async #attempt<T>(api: TransactionApi, send: () => Promise<T>): Promise<T> {
    const { clock, random } = this.#cluster.platform;
    const { maxBlockMs } = this.#settings;
    const { signal } = this.#stopped;
    const deadline = clock.monotonic() + maxBlockMs;
    for (let attempt = 0; ; attempt++) {
      try {
        return await abortable(send(), signal);
      } catch (error) {
        if (!(error instanceof KafkaClientError)) throw error;
        if (signal.aborted) throw signal.reason;
        if (isUnanswered(error) && begins(api)) this.#machine.doubt();
        const verdict = verdictOn(api, error);
        if (verdict === 'refused') throw error;
        // An abort that cannot be carried out cannot be aborted.
        const isLast = api === 'EndTxn' && this.#machine.state === 'aborting';
        if (verdict !== 'retry') throw this.#strike(error, isLast ? 'fatal' : verdict);
        const pause = backoffMs(random, this.#backoff(error), attempt);
        if (clock.monotonic() + pause > deadline) throw this.#late(api, error, maxBlockMs);
        await sleep(clock, pause, signal).catch(() => {
          throw signal.reason;
        });
        if (isInside(api) && !this.mayRetry) throw this.#machine.error ?? this.#aborted();
      }
    }
  }

  #backoff({ code }: KafkaClientError): BackoffOptions {
    const { retryBackoff } = this.#cluster.settings;
    if (code !== 'CONCURRENT_TRANSACTIONS') return retryBackoff;
    const initialMs = Math.min(COMPLETION_PAUSE_MS, retryBackoff.initialMs);
    return { initialMs, maxMs: retryBackoff.maxMs };
  }

  /** The answer did not come in time: an end is asked for again, anything else can be aborted. */
  #late(api: TransactionApi, cause: KafkaClientError, afterMs: number): KafkaClientError {
    const told = `${api} of transaction ${this.#transactionalId} was not carried out within ${afterMs} ms`;
    const after = {
      InitProducerId: 'check that the brokers can be reached, and begin again',
      EndTxn: 'its outcome is not known; the same call again will tell',
    };
    const advice = after[api as keyof typeof after] ?? 'abort the transaction and begin a new one';
    const options = { retriable: true, cause };
    const late = new KafkaClientError('TIMEOUT', `${told} (${cause.message}); ${advice}`, options);
    return api in after ? late : this.#strike(late, 'abortable');
  }

  /** An error meets the transaction; what has not left fails with it. */
  #strike(cause: KafkaClientError, transaction: TransactionEffect): KafkaClientError {
    const hint =
      transaction === 'fatal'
        ? 'close this producer and create a new one'
        : 'abort the transaction and begin a new one';
    const options = { transaction, cause };
    const fenced = transaction === 'fatal' && cause.code === 'INVALID_PRODUCER_EPOCH';
    const code = fenced ? 'PRODUCER_FENCED' : cause.code;
    const error = new KafkaClientError(code, `${cause.message}; ${hint}`, options);
    if (transaction === 'fatal') this.#machine.fail(error);
    else this.#machine.spoil(error);
    this.#producer.abandon(error);
    return error;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#last.then(work);
    this.#last = run.catch(() => {});
    return run;
  }

  #identity(): TransactionIdentity {
    return { ...this.#machine.identity!, transactionalId: this.#transactionalId };
  }

  #clusterHasVersion2(): boolean {
    return this.#cluster.features.level('transaction.version') >= 2;
  }

  #coordinatorOf(key: string, kind: 'group' | 'transaction'): Coordinator {
    return new Coordinator(this.#cluster, key, this.#lane, kind);
  }

  #aborted(): KafkaClientError {
    const message = `transaction ${this.#transactionalId} was aborted before this was sent`;
    return new KafkaClientError('TRANSACTION_ABORTED', message, { transaction: 'abortable' });
  }
}

/** The coordinator may have begun the transaction with it. */
function begins(api: TransactionApi): boolean {
  return api === 'AddPartitionsToTxn' || api === 'AddOffsetsToTxn';
}

/** A request that belongs to a transaction that is open. */
function isInside(api: TransactionApi): boolean {
  return api !== 'EndTxn' && api !== 'InitProducerId';
}

function isUnanswered({ code }: KafkaClientError): boolean {
  return code === 'NETWORK_EXCEPTION' || code === 'REQUEST_TIMED_OUT';
}
