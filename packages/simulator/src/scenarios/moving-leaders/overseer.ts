import type { Admin } from '@tidelog/client';
import { Violation } from '../../scenario.ts';
import type { TopicHistory } from '../broker-crash/history.ts';
import { GROUP } from '../clients/reader.ts';
import { Visitor, type VisitorOptions } from '../visitor.ts';
import { NODES } from './cluster.ts';

interface OverseerOptions extends VisitorOptions {
  readonly admin: Admin;
  readonly topic: TopicHistory;
}

/** Looks at the cluster from time to time, through whichever nodes have the answer. */
export class Overseer extends Visitor {
  readonly #options: OverseerOptions;

  constructor(options: OverseerOptions) {
    super(options, 800);
    this.#options = options;
  }

  protected override async visit(): Promise<void> {
    const { admin, random } = this.#options;
    const what = random.below(4);
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
