import type { Client, GroupProtocol } from '@tidelog/client';
import type { SeededRandom } from '../../world/seeded-random.ts';
import type { World } from '../../world/world.ts';
import type { Progress } from '../clients/progress.ts';
import { Reader, TOPIC } from '../clients/reader.ts';
import type { Visitor } from '../visitor.ts';
import { Copier } from './copier.ts';
import { type Shared, Sharer } from './sharer.ts';

const READERS = ['reader-0', 'reader-1', 'reader-2'];
const COPIERS = ['copier-0', 'copier-1'];
const SHARERS = ['sharer-0', 'sharer-1'];
export const MACHINES = [...READERS, ...COPIERS, ...SHARERS];

/** All who consume: a group that reads, one that copies in transactions, and a share group. */
export class Crew {
  readonly #members: readonly Visitor[];
  readonly #copiers: readonly Copier[];

  constructor(options: {
    readonly world: World;
    readonly random: SeededRandom;
    readonly connect: (name: string) => Client;
    readonly progress: Progress;
    readonly shared: Shared;
    readonly bugs: Record<'commitsAhead' | 'commitsApart', boolean>;
  }) {
    const { world, random, progress, shared, bugs } = options;
    const protocol: GroupProtocol = random.oneIn(2) ? 'classic' : 'consumer';
    const of = (name: string) => ({
      client: options.connect(name),
      clock: world.machine(`${name} at work`).boot().clock,
      random: random.fork(name),
    });
    const readers = READERS.map((name, i) => {
      // One of them has a rack without a node, one has none.
      const rackId = i === 0 ? undefined : `rack-${3 * i - 1}`;
      const more = { isolationLevel: 'read_committed', ...(rackId && { rackId }) } as const;
      return new Reader({ ...of(name), protocol, progress, more, ...bugs });
    });
    this.#copiers = COPIERS.map((name) => {
      return new Copier({ ...of(name), name, source: TOPIC, protocol, ...bugs });
    });
    const now = (): number => world.nowMs;
    const sharers = SHARERS.map((name) => {
      return new Sharer({ ...of(name), topic: TOPIC, shared, now });
    });
    this.#members = [...readers, ...this.#copiers, ...sharers];
  }

  get transactions(): number {
    return this.#copiers.reduce((sum, { transactions }) => sum + transactions, 0);
  }

  get failure(): Error | undefined {
    return this.#members.find(({ failure }) => failure !== undefined)?.failure;
  }

  /** They do not leave, and change nothing by themselves. */
  set steady(steady: boolean) {
    for (const member of this.#members) member.steady = steady;
  }

  start(): void {
    for (const member of this.#members) member.start();
  }

  stop(): void {
    for (const member of this.#members) member.stop();
  }
}
