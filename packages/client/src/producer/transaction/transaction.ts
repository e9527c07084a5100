import { invalidArgument, KafkaClientError } from '../../client-error.ts';
import type { CommitIdentity, CommittedOffset } from '../../consumer/group/group-offsets.ts';
import type { ProducerMessage, SendAllOptions, SentRecord } from '../message.ts';
import type { AnyTopic } from '../../serde/topic.ts';
import type { TypedMessage } from '../../serde/typed-message.ts';
import type { Transactions } from './transactions.ts';

/** Whose offsets are committed: a consumer, what its `groupMetadata()` gave, or a group without members. */
export type OffsetsOwner =
  | string
  | CommitIdentity
  | { readonly groupMetadata: () => CommitIdentity };

/** How a transaction sends; the producer's own methods. */
interface Sending {
  send(message: ProducerMessage | TypedMessage): Promise<SentRecord>;
  sendAll(messages: readonly ProducerMessage[], options: SendAllOptions): Promise<SentRecord[]>;
}

/**
 * One transaction: what is sent in it is read by `read_committed` consumers when it is committed, all of
 * it or nothing. Made by `Producer.begin`.
 *
 * @example
 * const tx = await producer.begin();
 * try {
 *   await tx.send({ topic: 'payments', key: 'k', value: 'v' });
 *   await tx.sendOffsets([{ topic: 'orders', partition: 0, offset: 12 }], consumer);
 *   await tx.commit();
 * } catch (error) {
 *   await tx.abort();
 *   throw error;
 * }
 */
export class Transaction {
  readonly #transactions: Transactions;
  readonly #sending: Sending;
  #ended = false;

  constructor(transactions: Transactions, sending: Sending) {
    this.#transactions = transactions;
    this.#sending = sending;
  }

  /** It was committed, or aborted. */
  get isEnded(): boolean {
    return this.#ended;
  }

  /** As `Producer.send`. It need not be awaited: `commit` fails where any record has failed. */
  send(message: ProducerMessage): Promise<SentRecord>;
  send<T extends AnyTopic>(message: TypedMessage<T>): Promise<SentRecord>;
  send(message: ProducerMessage | TypedMessage): Promise<SentRecord> {
    return heard(this.#check(() => this.#sending.send(message)));
  }

  sendAll(
    messages: readonly ProducerMessage[],
    options: SendAllOptions = {},
  ): Promise<SentRecord[]> {
    return heard(this.#check(() => this.#sending.sendAll(messages, options)));
  }

  /**
   * Commits offsets of a group as a part of the transaction: each of the next message to consume. With a
   * consumer the commit is refused when the group has gone on without it (KIP-447).
   */
  sendOffsets(offsets: readonly CommittedOffset[], owner: OffsetsOwner): Promise<void> {
    return heard(this.#check(() => this.#transactions.sendOffsets(offsets, commitIdentity(owner))));
  }

  /**
   * Resolves when it is decided that everything is committed. After a TIMEOUT, which is retriable, the
   * outcome is not known, and the same call tells it.
   */
  async commit(): Promise<void> {
    await this.#check(() => this.#transactions.commit());
    this.#ended = true;
  }

  /** Resolves when it is decided that nothing is. */
  async abort(): Promise<void> {
    await this.#check(() => this.#transactions.abort());
    this.#ended = true;
  }

  #check<T>(call: () => Promise<T>): Promise<T> {
    if (!this.#ended) return call();
    const message = 'this transaction has ended; `begin` another one';
    return Promise.reject(new KafkaClientError('INVALID_TXN_STATE', message));
  }
}

/** A failure that nobody waits for is no unhandled rejection: the end of the transaction tells of it. */
function heard<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

function commitIdentity(owner: OffsetsOwner): CommitIdentity {
  if (typeof owner === 'string') {
    if (owner === '')
      throw invalidArgument('`sendOffsets` takes a consumer or the name of a group');
    return { groupId: owner, generationId: -1, memberId: '', groupInstanceId: null };
  }
  return 'groupMetadata' in owner ? owner.groupMetadata() : owner;
}
