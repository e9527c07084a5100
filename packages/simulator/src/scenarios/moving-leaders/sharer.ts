import type { AcknowledgementOutcome, Client, ShareConsumer } from '@tidelog/client';
import { Violation } from '../../scenario.ts';
import { Visitor, type VisitorOptions } from '../visitor.ts';

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

interface SharerOptions extends VisitorOptions {
  readonly client: Client;
  readonly topic: string;
  readonly shared: Shared;
  /** Milliseconds of the world, which all members share. */
  readonly now: () => number;
}

/** A member of a share group, which accepts most of what it is given, and all of it when it is steady. */
export class Sharer extends Visitor {
  readonly #options: SharerOptions;
  /** What it has accepted and has not heard of. */
  readonly #accepting = new Set<string>();
  #consumer: ShareConsumer | null = null;

  constructor(options: SharerOptions) {
    super(options, 2000);
    this.#options = options;
  }

  override stop(): void {
    super.stop();
    this.#consumer?.close().catch(() => {});
  }

  protected override async visit(): Promise<void> {
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
      if (random.oneIn(20)) await this.sleep(random.below(50));
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
}
