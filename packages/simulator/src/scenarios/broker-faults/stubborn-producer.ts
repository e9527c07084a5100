import { BatchBuilder, errors } from '@tidelog/protocol';
import { Violation } from '../../scenario.ts';
import type { SeededRandom } from '../../world/seeded-random.ts';
import type { PartitionHistory } from '../broker-crash/history.ts';
import type { Wire } from '../exactly-once/wire.ts';

/** A partition that is not to be had answers one of these; each of them passes, some when the disk is mended. */
const REFUSALS = new Set(
  [
    errors.KAFKA_STORAGE_ERROR,
    errors.NOT_LEADER_OR_FOLLOWER,
    errors.LEADER_NOT_AVAILABLE,
    errors.REQUEST_TIMED_OUT,
  ].map(({ code }) => code),
);

/** Writes records to one partition, one after the other, each again and again until it is acknowledged. */
export class StubbornProducer {
  paused = false;
  failure: Error | undefined;
  acks = 0;
  refusals = 0;
  readonly #topic: string;
  readonly #partition: number;
  readonly #wire: Wire;
  readonly #random: SeededRandom;
  readonly #history: PartitionHistory;
  #isBusy = false;

  constructor(given: {
    readonly topic: string;
    readonly partition: number;
    readonly wire: Wire;
    readonly random: SeededRandom;
    readonly history: PartitionHistory;
  }) {
    this.#topic = given.topic;
    this.#partition = given.partition;
    this.#wire = given.wire;
    this.#random = given.random;
    this.#history = given.history;
  }

  /** Nothing is on its way. */
  get quiet(): boolean {
    return this.paused && !this.#isBusy;
  }

  start(): void {
    this.#run().catch((error: unknown) => {
      if (!this.#wire.closed) this.failure = error as Error;
    });
  }

  async #run(): Promise<void> {
    const { producerId, producerEpoch } = await this.#wire.ask(
      'InitProducerId',
      5,
      { transactionalId: null, transactionTimeoutMs: 60_000 },
      ({ errorCode }) => errorCode,
    );
    for (let baseSequence = 0; !this.#wire.closed; ) {
      await this.#wire.sleep(1 + this.#random.below(60));
      if (this.paused) continue;
      this.#isBusy = true;
      const value = `record ${baseSequence} ${'x'.repeat(this.#random.below(2000))}`;
      this.#history.send(value);
      const builder = new BatchBuilder();
      builder.append(this.#wire.now(), null, value);
      const batch = builder.finish({ producerId, producerEpoch, baseSequence });
      this.#history.ack(await this.#insist(batch), value);
      this.acks++;
      baseSequence++;
      this.#isBusy = false;
    }
  }

  /** Gives the offset at which the batch is acknowledged. */
  async #insist(batch: Uint8Array): Promise<number> {
    for (;;) {
      // The broker keeps what it is given.
      const partitionData = [{ index: this.#partition, records: Buffer.from(batch) }];
      const { responses } = await this.#wire.ask(
        'Produce',
        11,
        {
          transactionalId: null,
          acks: -1,
          timeoutMs: 2000,
          topicData: [{ name: this.#topic, partitionData }],
        },
        () => errors.NONE.code,
      );
      const { errorCode, baseOffset } = responses[0]!.partitionResponses[0]!;
      if (errorCode === errors.NONE.code) return baseOffset;
      if (!REFUSALS.has(errorCode)) {
        throw new Violation(`a record of partition ${this.#partition} is answered ${errorCode}`);
      }
      this.refusals++;
      await this.#wire.sleep(50);
    }
  }
}
