import { KafkaClientError } from '../../client-error.ts';
import type { TopicPartition } from '../../topic-partition.ts';
import type { ProducerIdentity } from '../producer-batch.ts';
import { transactionAfter, type TransactionEvent, type TransactionState } from './states.ts';

/** What the calls of the user are named in errors. */
type Call = 'begin' | 'commit' | 'abort';

/**
 * What a transactional producer knows of itself: its state, who it is for the coordinator, and the
 * partitions of its transaction. Pure: `Transactions` asks it and carries out.
 *
 * With `transaction.version` 2 (KIP-890) brokers add partitions by themselves and each end gives a new
 * epoch. Before, partitions are added by request, and an epoch is only given on demand: after batches
 * were lost, whose sequences nobody will ever use.
 */
export class TransactionMachine {
  readonly #transactionalId: string;
  #state: TransactionState = 'unidentified';
  /** Why the state is spoiled or fatal. */
  #error: KafkaClientError | null = null;
  #identity: ProducerIdentity | null = null;
  #version2 = false;
  #newEpochDue = false;
  /** The coordinator knows of the transaction. */
  #begun = false;
  /** A request that begins it at the coordinator was left without an answer. */
  #inDoubt = false;
  /** By identity: a partition is the same object in one producer. */
  readonly #waiting = new Set<TopicPartition>();
  readonly #added = new Set<TopicPartition>();

  constructor(transactionalId: string) {
    this.#transactionalId = transactionalId;
  }

  get state(): TransactionState {
    return this.#state;
  }

  get error(): KafkaClientError | null {
    return this.#error;
  }

  get identity(): ProducerIdentity | null {
    return this.#identity;
  }

  /** The rules of KIP-890's second part are those of the transaction at hand. */
  get isVersion2(): boolean {
    return this.#version2;
  }

  /** Throws where records and offsets are not taken. */
  checkOpen(): void {
    if (this.#state === 'open') return;
    throw this.#error ?? this.#misuse('send', 'no transaction is open; `begin` one first');
  }

  initialize(): void {
    this.#user('initialize', 'initialize');
  }

  initialized(identity: ProducerIdentity, version2: boolean): void {
    this.#step('initialized');
    this.#identity = identity;
    this.#version2 = version2;
    this.#newEpochDue = false;
  }

  /** It may be asked for again. */
  notInitialized(): void {
    this.#step('not initialized');
  }

  begin(): void {
    this.#user('begin', 'begin');
    this.#error = null;
    this.#begun = false;
    this.#inDoubt = false;
    this.#waiting.clear();
    this.#added.clear();
  }

  commit(): void {
    this.#user('commit', 'commit');
  }

  abort(): void {
    this.#user('abort', 'abort');
    this.#waiting.clear();
  }

  /** A record was appended for a partition. */
  appended(partition: TopicPartition): void {
    if (this.#version2 || this.#added.has(partition)) return;
    this.#waiting.add(partition);
  }

  /** Those that are to be added to the transaction before anything is sent to them. */
  partitionsToAdd(): TopicPartition[] {
    const mayAdd = this.#state === 'open' || this.#state === 'committing';
    return mayAdd ? [...this.#waiting] : [];
  }

  added(partitions: readonly TopicPartition[]): void {
    this.#begun = true;
    for (const partition of partitions) {
      this.#waiting.delete(partition);
      this.#added.add(partition);
    }
  }

  /** May batches of the partition leave? */
  admits(partition: TopicPartition): boolean {
    if (this.#state !== 'open' && this.#state !== 'committing') return false;
    return this.#version2 || this.#added.has(partition);
  }

  /** Something left, or was answered, by which the coordinator knows of the transaction. */
  begun(): void {
    this.#begun = true;
  }

  /** No answer came for a request that may have begun the transaction at the coordinator. */
  doubt(): void {
    this.#inDoubt = true;
  }

  /** Batches that were given up may have been written: their sequences cannot be used again. */
  lostSequences(): void {
    this.#newEpochDue = true;
  }

  spoil(error: KafkaClientError): void {
    const before = this.#state;
    this.#step('spoil');
    if (before !== this.#state) this.#error = error;
  }

  fail(error: KafkaClientError): void {
    if (this.#state === 'fatal') return;
    this.#step('fail');
    this.#error = error;
  }

  /** The coordinator has to be told of the end: it may know of the transaction. */
  get endIsDue(): boolean {
    return this.#begun || this.#inDoubt;
  }

  /** The coordinator says that nothing is open, and that may well be. */
  get mayBeUnknown(): boolean {
    return this.#inDoubt && !this.#begun;
  }

  /** The end was carried out; `identity` is what the coordinator answered from version 2 on. */
  ended(identity: ProducerIdentity | null, version2: boolean): void {
    if (identity !== null) {
      this.#identity = identity;
      this.#newEpochDue = false;
    }
    // The first epoch of version 2 has to be one that no request of before can have.
    if (version2 && !this.#version2) this.#newEpochDue = true;
    this.#step(this.#newEpochDue ? 'ended, new epoch due' : 'ended');
    if (this.#state === 'fatal') return;
    this.#version2 = version2;
    this.#error = null;
    this.#begun = false;
    this.#inDoubt = false;
  }

  #step(event: TransactionEvent): void {
    const next = transactionAfter(this.#state, event);
    if (next === null) throw new Error(`a transaction that is ${this.#state} cannot be: ${event}`);
    this.#state = next;
  }

  /** What the user asks for is refused in a sentence. */
  #user(event: TransactionEvent, call: Call | 'initialize'): void {
    const next = transactionAfter(this.#state, event);
    if (next !== null) this.#state = next;
    else throw this.#refusal(call);
  }

  #refusal(call: Call | 'initialize'): KafkaClientError {
    if (this.#error !== null && (this.#state === 'fatal' || call !== 'begin')) return this.#error;
    return this.#misuse(call, advice[this.#state][call]);
  }

  #misuse(call: string, what: string): KafkaClientError {
    const id = this.#transactionalId;
    return new KafkaClientError('INVALID_TXN_STATE', `${call} of transaction ${id}: ${what}`);
  }
}

const none = {
  initialize: 'the producer is being initialized, or was',
  begin: 'the producer has no id yet',
  commit: 'no transaction is open',
  abort: 'no transaction is open',
};
const unended = 'the transaction before has not ended; commit or abort it first';

const advice: Readonly<Record<TransactionState, Record<Call | 'initialize', string>>> = {
  unidentified: none,
  initializing: none,
  ready: none,
  open: { ...none, begin: unended },
  committing: {
    ...none,
    begin: unended,
    abort: 'the commit may have been carried out already; call `commit` again to learn its outcome',
  },
  aborting: { ...none, begin: unended, commit: 'the transaction is being aborted' },
  spoiled: { ...none, begin: unended, commit: 'the transaction can only be aborted' },
  fatal: none,
};
