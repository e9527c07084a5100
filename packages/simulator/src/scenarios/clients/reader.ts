import type { Client, Consumer, ConsumerOptions, GroupProtocol } from '@tidelog/client';
import type { Clock } from '@tidelog/platform';
import type { SeededRandom } from '../../world/seeded-random.ts';
import type { Progress } from './progress.ts';

export const GROUP = 'readers';
export const TOPIC = 'stream';

const AUTO_COMMIT_MS = 300;

interface ReaderOptions {
  readonly client: Client;
  readonly protocol: GroupProtocol;
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly progress: Progress;
  /** On top of what all readers have. */
  readonly more?: Partial<ConsumerOptions>;
  /** Bug: it commits what it has yet to work on. */
  readonly commitsAhead: boolean;
}

/** A member of a group that works on messages one by one; now and then it leaves, and comes back as another. */
export class Reader {
  failure: Error | undefined;
  /** It does not leave. */
  steady = false;
  readonly #options: ReaderOptions;
  #consumer: Consumer | null = null;
  #isOver = false;

  constructor(options: ReaderOptions) {
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
  }

  async #run(): Promise<void> {
    const { random } = this.#options;
    while (!this.#isOver) {
      await this.#read();
      await this.#sleep(random.below(3000));
    }
  }

  /** Until it leaves. */
  async #read(): Promise<void> {
    const { client, protocol, progress, random, commitsAhead } = this.#options;
    const consumer = client.consumer({
      groupId: GROUP,
      groupProtocol: protocol,
      autoOffsetReset: 'earliest',
      autoCommitIntervalMs: AUTO_COMMIT_MS,
      fetchMaxWaitMs: 100,
      // What the protocol `consumer` leaves to the broker.
      ...(protocol === 'classic' && { sessionTimeoutMs: 5000, heartbeatIntervalMs: 300 }),
      ...this.#options.more,
    });
    this.#consumer = consumer;
    consumer.subscribe(TOPIC);
    for await (const { partition, offset, value } of consumer) {
      if (commitsAhead) await consumer.commit([{ topic: TOPIC, partition, offset: offset + 2 }]);
      if (random.oneIn(10)) await this.#sleep(random.below(50));
      progress.worked(partition, offset, String(value));
      if (!this.steady && random.oneIn(400)) break;
    }
    await consumer.close();
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#options.clock.setTimer(ms, resolve));
  }
}
