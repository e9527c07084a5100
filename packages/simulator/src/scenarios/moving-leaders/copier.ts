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
import type { Clock } from '@tidelog/platform';
import type { SeededRandom } from '../../world/seeded-random.ts';

export const COPIERS = 'copiers';
export const COPIES = 'copies';
/** Says of each batch in its transaction which offsets it has. */
export const NOTES = 'notes';

interface CopierOptions {
  readonly name: string;
  readonly client: Client;
  readonly source: string;
  readonly protocol: GroupProtocol;
  readonly clock: Clock;
  readonly random: SeededRandom;
  /** Bug: offsets are committed beside the transaction, not in it. */
  readonly commitsApart: boolean;
}

/** The copier has had enough of this transaction. */
class ChangeOfMind extends Error {}

/** Copies batches from one topic to another exactly once, each with a note, as a member of a group. */
export class Copier {
  failure: Error | undefined;
  /** It neither leaves nor changes its mind. */
  steady = false;
  transactions = 0;
  readonly #options: CopierOptions;
  #consumer: Consumer | null = null;
  #producer: Producer | null = null;
  #isOver = false;

  constructor(options: CopierOptions) {
    this.#options = options;
  }

  start(): void {
    this.#run().catch((error: unknown) => {
      if (!this.#isOver) this.failure = error as Error;
    });
  }

  stop(): void {
    this.#isOver = true;
    this.#consumer?.close().catch(() => {});
    this.#producer?.close({ timeoutMs: 0 }).catch(() => {});
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      await this.#copy();
      await this.#sleep(this.#options.random.below(1000));
    }
  }

  async #copy(): Promise<void> {
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

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#options.clock.setTimer(ms, resolve));
  }
}

/** What a copier ends with, and begins anew: fenced after a timeout, or by its own choice. */
function isEndOfTransaction(error: unknown): boolean {
  if (error instanceof ChangeOfMind) return true;
  return error instanceof KafkaClientError && error.transaction !== undefined;
}
