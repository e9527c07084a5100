import type { Producer } from '@tidelog/client';
import { Violation } from '../scenario.ts';
import type { SeededRandom } from '../world/seeded-random.ts';
import type { World } from '../world/world.ts';

/** Who is told of each record. */
interface Witness {
  send?(partition: number, value: string): void;
  ack(partition: number, offset: number, value: string): void;
}

interface SourceOptions {
  readonly world: World;
  readonly random: SeededRandom;
  readonly producer: Producer;
  readonly topic: string;
  readonly partitions: number;
  readonly mostInFlight: number;
  readonly longestPauseMs: number;
  readonly witness: Witness;
}

/** Sends records to a topic, each another one. Its producer has all the patience, so none may be refused. */
export class Source {
  failure: Error | undefined;
  sent = 0;
  inFlight = 0;
  /** The longest that a record has waited to be acknowledged, of those since this was set. */
  slowestMs = 0;
  readonly #options: SourceOptions;

  constructor(options: SourceOptions) {
    this.#options = options;
  }

  /** Sends for so long, or less when `isOver`; `pass` lets time pass. */
  async flow(
    durationMs: number,
    pass: (durationMs: number) => Promise<void>,
    isOver: () => boolean = () => false,
  ): Promise<void> {
    const { world, random, mostInFlight, longestPauseMs } = this.#options;
    const endMs = world.nowMs + durationMs;
    while (world.nowMs < endMs && !isOver()) {
      if (this.inFlight < mostInFlight) this.send();
      await pass(1 + random.below(longestPauseMs));
    }
  }

  send(): void {
    const { world, random, producer, topic, partitions, witness } = this.#options;
    const partition = random.below(partitions);
    const value = `record ${this.sent++}`;
    witness.send?.(partition, value);
    this.inFlight++;
    const sentAtMs = world.nowMs;
    producer.send({ topic, partition, value }).then(
      ({ offset }) => {
        this.inFlight--;
        this.slowestMs = Math.max(this.slowestMs, world.nowMs - sentAtMs);
        witness.ack(partition, offset, value);
      },
      (error: unknown) => {
        this.failure ??= new Violation(`'${value}' was refused: ${String(error)}`);
      },
    );
  }
}
