import { FailedItemsError } from '../admin/failed-items.ts';
import { closedError, invalidArgument, type KafkaClientError } from '../client-error.ts';
import type { Cluster, Lane } from '../cluster/cluster.ts';
import type { IterationOptions } from '../consumer/message-source.ts';
import { Decoders } from '../serde/decoders.ts';
import type { AnyTopic } from '../serde/topic.ts';
import { namesOf } from '../serde/typed-consumer.ts';
import type { AcknowledgeType } from './machines/acknowledgements.ts';
import type { ShareMessage, ShareMessageBatch } from './share-message.ts';
import { ShareSource } from './share-source.ts';
import type { AcknowledgementOutcome, ShareSettings } from './share-settings.ts';
import type { ShareMessageOf, TypedShareConsumer } from './typed-share-consumer.ts';

/** Options of `commit`. */
export interface ShareCommitOptions {
  /** Is told of each partition whose acknowledgements do not count; without it, `commit` throws. */
  readonly onFailure?: ((outcome: AcknowledgementOutcome) => void) | undefined;
}

/**
 * Reads messages as a member of a share group (KIP-932): members divide records among themselves instead
 * of partitions, and each record is acknowledged by itself. A record that was acquired is locked for a
 * time (`acquisitionLockTimeoutMs`); then it is delivered again, to whichever member asks.
 *
 * With `acknowledgement: 'implicit'` a message is accepted when the next one is asked for; a `break` or
 * a throw releases the message in hand. With `'explicit'` nothing happens to a message but what
 * `acknowledge` says. Acknowledgements go to the broker with the next request, at the latest after a
 * second; `commit` waits for them, and `onAcknowledged` is told of all.
 *
 * @example
 * await using consumer = client.shareConsumer({ groupId: 'mail', acknowledgement: 'explicit' });
 * consumer.subscribe('letters');
 * for await (const message of consumer) {
 *   const isSent = await send(message.value);
 *   consumer.acknowledge(message, isSent ? 'accept' : 'release');
 * }
 */
export class ShareConsumer implements AsyncIterable<ShareMessage> {
  readonly #source: ShareSource;
  readonly #decoders = new Decoders();
  readonly #isExplicit: boolean;
  readonly #cluster: Cluster;
  readonly #lane: Lane;
  readonly #onClose: () => void;
  #closing: Promise<void> | null = null;

  constructor(options: {
    cluster: Cluster;
    settings: ShareSettings;
    lane: Lane;
    onClose: () => void;
  }) {
    this.#source = new ShareSource({ ...options, decoders: this.#decoders });
    this.#isExplicit = options.settings.isExplicit;
    this.#cluster = options.cluster;
    this.#lane = options.lane;
    this.#onClose = options.onClose;
  }

  /** Joins the group for these topics, instead of those before. */
  subscribe(topics: string | readonly string[]): void;
  /**
   * Joins the group for topics with types (made by `topic`), and gives this consumer with messages of their
   * types. A message is given out when key and value were read; `onError` decides about the others.
   *
   * @example
   * for await (const { value } of consumer.subscribe(orders)) console.log(value.total);
   */
  subscribe<const Topics extends AnyTopic | readonly AnyTopic[]>(
    topics: Topics,
  ): TypedShareConsumer<ShareMessageOf<Topics>>;
  subscribe(
    topics: string | readonly string[] | AnyTopic | readonly AnyTopic[],
  ): TypedShareConsumer<never> {
    this.#checkOpen();
    const list = new Set([namesOf(topics)].flat() as string[]);
    if (list.size === 0) throw invalidArgument('`subscribe` takes one topic at least');
    this.#decoders.use(topics);
    this.#source.subscribe([...list]);
    return this as unknown as TypedShareConsumer<never>;
  }

  /** How long a record is held from when it was acquired or renewed; null before the first fetch. */
  get acquisitionLockTimeoutMs(): number | null {
    return this.#source.lockTimeoutMs;
  }

  /** Says what becomes of a message; after `renew` it is held for longer, and still to be acknowledged. */
  acknowledge(message: ShareMessage<unknown, unknown>, type: AcknowledgeType = 'accept'): void {
    this.#checkOpen();
    if (!this.#isExplicit) {
      throw invalidArgument("`acknowledge` needs a consumer with `acknowledgement: 'explicit'`");
    }
    this.#source.acknowledge(message as ShareMessage, type);
  }

  /**
   * Waits until what was acknowledged counts; with implicit acknowledgement, also the messages in hand.
   * Throws where some of it does not count: INVALID_RECORD_STATE when a lock has ended meanwhile.
   */
  async commit(options: ShareCommitOptions = {}): Promise<void> {
    this.#checkOpen();
    const outcomes = await this.#source.commit();
    const failures: KafkaClientError[] = [];
    for (const outcome of outcomes) {
      if (outcome.error === null) continue;
      if (options.onFailure === undefined) failures.push(outcome.error);
      else options.onFailure(outcome);
    }
    const [first, ...others] = failures;
    if (first === undefined) return;
    throw others.length === 0 ? first : new FailedItemsError([first, ...others], outcomes.length);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<ShareMessage> {
    return this.messages();
  }

  /** Message by message. Ends when the consumer is closed or the signal aborted. */
  messages(options: IterationOptions = {}): AsyncIterableIterator<ShareMessage> {
    return this.#source.iterate(options.signal, ({ messages }) => {
      const message = messages.shift()!;
      return { value: message, messages: [message] };
    });
  }

  /** Batch by batch: what was acquired of one partition by one request. */
  batches(options: IterationOptions = {}): AsyncIterableIterator<ShareMessageBatch> {
    return this.#source.iterate(options.signal, (acquired) => {
      const { topic, partition } = acquired.partition;
      const messages = acquired.messages.splice(0);
      return { value: { topic, partition, messages }, messages };
    });
  }

  /** Sends what was acknowledged, gives back what is held, leaves the group, and closes. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    await this.#source.close();
    this.#cluster.closeLane(`${this.#lane}-share`);
    this.#cluster.closeLane(this.#lane);
    this.#onClose();
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw closedError('share consumer');
  }
}
