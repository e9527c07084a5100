import type { Random } from '@tidelog/platform';
import type { BrokerImage } from '../image/nodes.ts';
import { Refusal } from './refusal.ts';

/**
 * Brokers of one rack in one state. Each partition starts one further than the last, so that the
 * leaders and the followers of a broker's partitions spread over all others.
 */
class BrokerRing {
  readonly #brokers: number[];
  readonly #random: Random;
  #offset: number;
  #taken = 0;
  #round = 0;

  constructor(brokers: readonly number[], random: Random) {
    this.#brokers = brokers.toSorted((a, b) => a - b);
    this.#random = random;
    this.#offset = brokers.length === 0 ? 0 : random.below(brokers.length);
  }

  shuffle(): void {
    shuffle(this.#brokers, this.#random);
  }

  /** The next broker for the partition of this round; undefined when all were taken. */
  next(round: number): number | undefined {
    const { length } = this.#brokers;
    if (length === 0) return undefined;
    if (this.#round !== round) {
      this.#round = round;
      this.#taken = 0;
      this.#offset = (this.#offset + 1) % length;
    }
    if (this.#taken >= length) return undefined;
    const broker = this.#brokers[(this.#taken + this.#offset) % length];
    this.#taken++;
    return broker;
  }
}

interface Rack {
  readonly name: string | null;
  readonly fenced: BrokerRing;
  readonly unfenced: BrokerRing;
}

/**
 * Chooses replicas for `partitions` partitions: leaders on unfenced brokers in turn, each partition
 * spread over as many racks as there are, fenced brokers only where a rack has nothing better.
 */
export function placeReplicas(
  brokers: readonly BrokerImage[],
  count: { readonly partitions: number; readonly replicas: number },
  random: Random,
): number[][] | Refusal {
  const problem = placementProblem(brokers, count.replicas);
  if (problem !== undefined) return new Refusal('INVALID_REPLICATION_FACTOR', problem);
  const racks = racksOf(brokers, random);
  const unfencedCount = brokers.filter((broker) => !broker.fenced).length;
  let first = random.below(racks.length);
  let round = 0;
  return Array.from({ length: count.partitions }, () => {
    // After as many partitions as there are brokers the assignments would repeat.
    if (round === unfencedCount && unfencedCount > 1) {
      shuffle(racks, random);
      for (const rack of racks) {
        rack.fenced.shuffle();
        rack.unfenced.shuffle();
      }
      round = 0;
    }
    if (first === racks.length) first = 0;
    return placeOne(racks, { first: first++, round: round++, replicas: count.replicas });
  });
}

function placementProblem(brokers: readonly BrokerImage[], replicas: number): string | undefined {
  if (replicas <= 0) {
    return `Invalid replication factor ${replicas}: the replication factor must be positive.`;
  }
  if (brokers.every((broker) => broker.fenced)) {
    return 'All brokers are currently fenced, or have all their log directories cordoned.';
  }
  if (replicas <= brokers.length) return undefined;
  return (
    `The target replication factor of ${replicas} cannot be reached because only ` +
    `${brokers.length} broker(s) are registered or some brokers have all their log directories ` +
    'cordoned.'
  );
}

function placeOne(
  racks: readonly Rack[],
  { first, round, replicas }: { first: number; round: number; replicas: number },
): number[] {
  const placed: number[] = [];
  let leaderRack = first;
  for (;;) {
    const leader = racks[leaderRack]?.unfenced.next(round);
    if (leader !== undefined) {
      placed.push(leader);
      break;
    }
    leaderRack = (leaderRack + 1) % racks.length;
  }
  let skip: number | undefined = leaderRack; // it has its replica of the first turn
  for (let at = first; placed.length < replicas; at = (at + 1) % racks.length) {
    if (at === skip) {
      skip = undefined;
      continue;
    }
    const rack = racks[at];
    const follower = rack?.unfenced.next(round) ?? rack?.fenced.next(round);
    if (follower !== undefined) placed.push(follower);
  }
  return placed;
}

function racksOf(brokers: readonly BrokerImage[], random: Random): Rack[] {
  const names = [...new Set(brokers.map((broker) => broker.rack))].sort(compareRacks);
  return names.map((name) => {
    const members = brokers.filter((broker) => broker.rack === name);
    const ring = (fenced: boolean): BrokerRing =>
      new BrokerRing(
        members.filter((broker) => broker.fenced === fenced).map((broker) => broker.id),
        random,
      );
    return { name, fenced: ring(true), unfenced: ring(false) };
  });
}

function compareRacks(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  return a < b ? -1 : 1;
}

function shuffle(list: unknown[], random: Random): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [list[i], list[j]] = [list[j], list[i]];
  }
}
