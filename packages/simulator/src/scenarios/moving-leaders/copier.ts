import {
  type Client,
  type Consumer,
  type GroupProtocol,
  KafkaClientError,
  type MessageBatch,
  type Producer,
  processInTransactions,
  type Transaction,
} from '@tidelog/client';
import { Visitor, type VisitorOptions } from '../visitor.ts';

export const COPIERS = 'copiers';
export const COPIES = 'copies';
/** Says of each batch in its transaction which offsets it has. */
export const NOTES = 'notes';

interface CopierOptions extends VisitorOptions {
  readonly name: string;
  readonly client: Client;
  readonly source: string;
  readonly protocol: GroupProtocol;
  /** Bug: offsets are committed beside the transaction, not in it. */
  readonly commitsApart: boolean;
}

/** The copier has had enough of this transaction. */
class ChangeOfMind extends Error {}

/**
 * Copies batches from one topic to another exactly once, each with a note, as a member of a group. A steady one
 * does not change its mind.
 */
export class Copier extends Visitor {
  transactions = 0;
  readonly #options: CopierOptions;
  #consumer: Consumer | null = null;
  #producer: Producer | null = null;

  constructor(options: CopierOptions) {
    super(options, 1000);
    this.#options = options;
  }

  override stop(): void {
    super.stop();
    this.#consumer?.close().catch(() => {});
    this.#producer?.close({ timeoutMs: 0 }).catch(() => {});
  }

  protected override async visit(): Promise<void> {
    const { name, client, source, protocol, commitsApart } = this.#options;
    const producer = client.producer({
      transactionalId: name,
      transactionTimeoutMs: 10_000,
      lingerMs: 2,
      requestTimeoutMs: 2000,
    });
    const consumer = client.consumer({
      groupId: COPIERS,
      groupProtocol: protocol,
      autoCommit: false,
      autoOffsetReset: 'earliest',
      isolationLevel: 'read_committed',
      fetchMaxWaitMs: 100,
      ...(protocol === 'classic' && { sessionTimeoutMs: 5000, heartbeatIntervalMs: 300 }),
    });
    [this.#consumer, this.#producer] = [consumer, producer];
    consumer.subscribe(source);
    try {
      if (commitsApart) await this.#copyApart(consumer, producer);
      else {
        const onBatch = (batch: MessageBatch, tx: Transaction) => this.#onBatch(batch, tx);
        await processInTransactions({ consumer, producer, onBatch });
      }
    } catch (error) {
      if (!isEndOfTransaction(error)) throw error;
    } finally {
      await consumer.close();
      await producer.close();
    }
  }

  async #onBatch(batch: MessageBatch, tx: Transaction): Promise<void> {
    const { random } = this.#options;
    const { partition, messages } = batch;
    const [first, last] = [messages[0]!.offset, messages.at(-1)!.offset];
    const note = tx.send({ topic: NOTES, partition: 0, value: `${partition} ${first} ${last}` });
    await tx.sendAll(
      messages.map(({ value }) => ({ topic: COPIES, partition, value: String(value) })),
    );
    await note;
    if (!this.steady && random.oneIn(20)) throw new ChangeOfMind();
    this.transactions++;
  }

  async #copyApart(consumer: Consumer, producer: Producer): Promise<void> {
    for await (const batch of consumer.batches()) {
      const { topic, partition, messages } = batch;
      await producer.transaction((tx) => this.#onBatch(batch, tx));
      const offset = messages.at(-1)!.offset + 1;
      await consumer.commit([{ topic, partition, offset }]).catch(() => {
        throw new ChangeOfMind(); // somebody else has the partition by now
      });
    }
  }
}

/** What a copier ends with, and begins anew: fenced after a timeout, or by its own choice. */
function isEndOfTransaction(error: unknown): boolean {
  if (error instanceof ChangeOfMind) return true;
  return error instanceof KafkaClientError && error.transaction !== undefined;
}
