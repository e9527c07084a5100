import type { Admin } from '@tidelog/client';
import type { Clock } from '@tidelog/platform';
import { Violation } from '../../scenario.ts';
import type { SeededRandom } from '../../world/seeded-random.ts';
import type { TopicHistory } from '../broker-crash/history.ts';
import { GROUP } from '../clients/reader.ts';
import { NODES } from './cluster.ts';

interface OverseerOptions {
  readonly admin: Admin;
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly topic: TopicHistory;
}

/** Looks at the cluster from time to time, through whichever nodes have the answer. */
export class Overseer {
  failure: Error | undefined;
  looks = 0;
  readonly #options: OverseerOptions;
  #isOver = false;

  constructor(options: OverseerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#run().catch((error: unknown) => {
      if (!this.#isOver) this.failure = error as Error;
    });
  }

  stop(): void {
    this.#isOver = true;
  }

  async #run(): Promise<void> {
    const { clock, random } = this.#options;
    while (!this.#isOver) {
      await this.#look(random.below(4));
      this.looks++;
      await new Promise<void>((resolve) => clock.setTimer(random.below(800), resolve));
    }
  }

  async #look(what: number): Promise<void> {
    const { admin } = this.#options;
    if (what === 0) return this.#lookAtEnds();
    if (what === 1) {
      const { brokers } = await admin.describeCluster();
      if (brokers.every(({ host }) => NODES.includes(host)) && brokers.length > 0) return;
      throw new Violation(`the cluster is ${brokers.map(({ host }) => host).join(', ')}`);
    }
    if (what === 2) await admin.listGroupOffsets(GROUP);
    else await admin.listGroups();
  }

  /** What was acknowledged by then is below the end, whoever leads. */
  async #lookAtEnds(): Promise<void> {
    const { admin, topic } = this.#options;
    const least = topic.partitions.map(({ highWatermark }) => highWatermark);
    const spec = 'latest' as const;
    const ends = await admin.listOffsets(
      least.map((_, partition) => ({ topic: topic.name, partition, spec })),
    );
    for (const { partition, offset } of ends) {
      if (offset >= least[partition]!) continue;
      throw new Violation(`partition ${partition} ends at ${offset}, below ${least[partition]}`);
    }
  }
}
