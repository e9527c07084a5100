import type { AcknowledgementOutcome, Client, ShareConsumer } from '@tidelog/client';
import type { Clock } from '@tidelog/platform';
import { Violation } from '../../scenario.ts';
import type { SeededRandom } from '../../world/seeded-random.ts';

export const SHARERS = 'sharers';

/** Releases end here, so that locks that were lost don't use up all deliveries. */
const RELEASED_AT_MOST = 2;

/** What a share group was given and has accepted. */
export class Shared {
  readonly #lockMs: number;
  readonly #delivered = new Set<string>();
  /** When it counted. */
  readonly #accepted = new Map<string, number>();
  count = 0;

  constructor(lockMs: number) {
    this.#lockMs = lockMs;
  }

  /** Throws a Violation when it was accepted, so long ago that no delivery can be on its way. */
  delivered(partition: number, offset: number, nowMs: number): void {
    const key = `${partition}-${offset}`;
    const acceptedAtMs = this.#accepted.get(key);
    if (acceptedAtMs !== undefined && nowMs > acceptedAtMs + 2 * this.#lockMs) {
      throw new Violation(`record ${key} was accepted, and is delivered again`);
    }
    this.#delivered.add(key);
    this.count++;
  }

  accepted(partition: number, offset: number, nowMs: number): void {
    const key = `${partition}-${offset}`;
    if (!this.#accepted.has(key)) this.#accepted.set(key, nowMs);
  }

  /** The group says that it is done below `end`. Throws a Violation when a record was given to nobody. */
  done(partition: number, end: number): void {
    for (let offset = 0; offset < end; offset++) {
      if (this.#delivered.has(`${partition}-${offset}`)) continue;
      throw new Violation(`record ${partition}-${offset} was given to nobody`);
    }
  }
}

interface SharerOptions {
  readonly client: Client;
  readonly topic: string;
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly shared: Shared;
  /** Milliseconds of the world, which all members share. */
  readonly now: () => number;
}

/** A member of a share group, which accepts most of what it is given; now and then it leaves. */
export class Sharer {
  failure: Error | undefined;
  /** It accepts all, and does not leave. */
  steady = false;
  readonly #options: SharerOptions;
  /** What it has accepted and has not heard of. */
  readonly #accepting = new Set<string>();
  #consumer: ShareConsumer | null = null;
  #isOver = false;

  constructor(options: SharerOptions) {
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
    while (!this.#isOver) {
      await this.#share();
      await this.#sleep(this.#options.random.below(2000));
    }
  }

  async #share(): Promise<void> {
    const { client, topic, random, shared, now } = this.#options;
    const consumer = client.shareConsumer({
      groupId: SHARERS,
      acknowledgement: 'explicit',
      maxPollRecords: 10,
      fetchMaxWaitMs: 100,
      onAcknowledged: (outcome) => this.#onAcknowledged(outcome),
    });
    this.#consumer = consumer;
    consumer.subscribe(topic);
    for await (const message of consumer) {
      const { partition, offset, deliveryCount } = message;
      shared.delivered(partition, offset, now());
      if (random.oneIn(20)) await this.#sleep(random.below(50));
      const isReleased = !this.steady && deliveryCount <= RELEASED_AT_MOST && random.oneIn(10);
      if (!isReleased) this.#accepting.add(`${partition}-${offset}`);
      consumer.acknowledge(message, isReleased ? 'release' : 'accept');
      if (!this.steady && random.oneIn(400)) break;
    }
    await consumer.close();
  }

  #onAcknowledged({ partition, offsets, error }: AcknowledgementOutcome): void {
    const { shared, now } = this.#options;
    for (const offset of offsets) {
      const isAccepted = this.#accepting.delete(`${partition}-${offset}`);
      if (isAccepted && error === null) shared.accepted(partition, offset, now());
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#options.clock.setTimer(ms, resolve));
  }
}
