import { errors } from '@tidelog/protocol';
import { Violation } from '../../scenario.ts';
import type { SeededRandom } from '../../world/seeded-random.ts';
import type { Attempt, Ledger } from './ledger.ts';
import { readCommitted } from './reader.ts';
import { type Protocol, TransactionalProducer, TRANSACTION_TIMEOUT_MS } from './transaction.ts';
import { RefusedError, type Wire } from './wire.ts';

export const GROUP = 'copiers';
export const INPUT = 'input';
export const OUTPUT = 'output';
export const OUTPUT_PARTITIONS = 3;

const MOST_RECORDS = 5;
/** Who follows the protocol is fenced at worst: no answer says that it did wrong, or lost a batch. */
const NEVER = new Set(
  [
    errors.INVALID_TXN_STATE,
    errors.INVALID_PRODUCER_ID_MAPPING,
    errors.OUT_OF_ORDER_SEQUENCE_NUMBER,
    errors.DUPLICATE_SEQUENCE_NUMBER,
    errors.UNKNOWN_PRODUCER_ID,
  ].map(({ code }) => code),
);

/**
 * Copies one partition of the input in transactions, each with the offset it has come to, and starts
 * again from the committed offset whenever anything goes wrong.
 */
export class Copier {
  paused = false;
  failure: Error | undefined;
  readonly #partition: number;
  readonly #wire: Wire;
  readonly #random: SeededRandom;
  readonly #ledger: Ledger;
  #isBusy = false;

  constructor(given: { partition: number; wire: Wire; random: SeededRandom; ledger: Ledger }) {
    this.#partition = given.partition;
    this.#wire = given.wire;
    this.#random = given.random;
    this.#ledger = given.ledger;
  }

  /** No transaction is open. */
  get quiet(): boolean {
    return this.paused && !this.#isBusy;
  }

  start(): void {
    this.#run().catch((error: unknown) => {
      this.failure = error instanceof Error ? error : new Error(String(error));
    });
  }

  async #run(): Promise<void> {
    while (!this.#wire.closed) {
      try {
        await this.#work();
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        if (NEVER.has(error.code)) throw new Violation(error.message);
      } finally {
        this.#isBusy = false;
      }
      await this.#wire.sleep(1 + this.#random.below(20));
    }
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    const producer = new TransactionalProducer(this.#wire, `copier-${this.#partition}`);
    await producer.init();
    let position = await committedOffset(this.#wire, this.#partition);
    while (!this.#wire.closed) {
      this.#isBusy = false;
      await this.#wire.sleep(1 + this.#random.below(30));
      if (this.paused) continue;
      this.#isBusy = true;
      const limit = 1 + this.#random.below(MOST_RECORDS);
      const from = { topic: INPUT, partition: this.#partition };
      const records = await readCommitted(this.#wire, from, { offset: position, limit });
      if (records.length === 0) continue;
      const values = records.map(({ value }) => value!);
      position = await this.#copy(producer, position, values);
    }
  }

  /** Gives where to go on. */
  async #copy(
    producer: TransactionalProducer,
    position: number,
    values: readonly string[],
  ): Promise<number> {
    const attempt = this.#ledger.begin(this.#partition, position, values);
    const protocol: Protocol = this.#random.oneIn(2) ? 1 : 2;
    for (const value of attempt.outputs) {
      const partition = this.#random.below(OUTPUT_PARTITIONS);
      const records = [{ key: null, value }];
      await producer.write(protocol, { topic: OUTPUT, partition, records });
    }
    await producer.note(protocol, this.#partition, attempt.id);
    const offset = { topic: INPUT, partition: this.#partition, offset: attempt.end };
    await producer.commitOffset(protocol, GROUP, offset);
    if (this.#random.oneIn(12)) return this.#outlive(producer, protocol, attempt);
    const isCommit = !this.#random.oneIn(4);
    await producer.end(protocol, isCommit);
    this.#ledger.settle(attempt, isCommit ? 'committed' : 'aborted');
    return isCommit ? attempt.end : position;
  }

  /** Is fenced, by another of its kind or for being too slow, and tries to commit all the same. */
  async #outlive(
    producer: TransactionalProducer,
    protocol: Protocol,
    attempt: Attempt,
  ): Promise<number> {
    if (this.#random.oneIn(2)) await this.#wire.sleep(3 * TRANSACTION_TIMEOUT_MS);
    else await new TransactionalProducer(this.#wire, `copier-${this.#partition}`).init();
    try {
      await producer.end(protocol, true);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      if (!this.#wire.closed) this.#ledger.settle(attempt, 'aborted');
      throw new RefusedError('a producer that was fenced', errors.PRODUCER_FENCED.code);
    }
    throw new Violation(`transaction ${attempt.id} was committed by a producer that was fenced`);
  }
}

/** Where the group stands; waits while a transaction may still move it. */
export async function committedOffset(wire: Wire, partition: number): Promise<number> {
  const topics = [{ name: INPUT, partitionIndexes: [partition] }];
  const response = await wire.ask(
    'OffsetFetch',
    8,
    { groupId: '', topics: [], groups: [{ groupId: GROUP, topics }], requireStable: true },
    ({ groups }) => groups[0]!.errorCode || groups[0]!.topics[0]!.partitions[0]!.errorCode,
  );
  return Math.max(0, response.groups[0]!.topics[0]!.partitions[0]!.committedOffset);
}
