import type { Client, Consumer, ConsumerOptions, GroupProtocol } from '@tidelog/client';
import { Visitor, type VisitorOptions } from '../visitor.ts';
import type { Progress } from './progress.ts';

export const GROUP = 'readers';
export const TOPIC = 'stream';

const AUTO_COMMIT_MS = 300;

interface ReaderOptions extends VisitorOptions {
  readonly client: Client;
  readonly protocol: GroupProtocol;
  readonly progress: Progress;
  /** On top of what all readers have. */
  readonly more?: Partial<ConsumerOptions>;
  /** Bug: it commits what it has yet to work on. */
  readonly commitsAhead: boolean;
}

/** A member of a group that works on messages one by one; now and then it leaves, and comes back as another. */
export class Reader extends Visitor {
  readonly #options: ReaderOptions;
  #consumer: Consumer | null = null;

  constructor(options: ReaderOptions) {
    super(options, 3000);
    this.#options = options;
  }

  override stop(): void {
    super.stop();
    this.#consumer?.close().catch(() => {});
  }

  protected override async visit(): Promise<void> {
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
      if (random.oneIn(10)) await this.sleep(random.below(50));
      progress.worked(partition, offset, String(value));
      if (!this.steady && random.oneIn(400)) break;
    }
    await consumer.close();
  }
}
