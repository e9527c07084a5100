import { describe, expect, it } from 'vitest';
import type { BrokerImage } from '../image/nodes.ts';
import { SeededRandom } from '../testing/test-cluster.ts';
import { placeReplicas } from './place-replicas.ts';
import { Refusal } from './refusal.ts';

function broker(id: number, rack: string | null = null, fenced = false): BrokerImage {
  return {
    id,
    epoch: id,
    incarnationId: '',
    listeners: new Map(),
    features: new Map(),
    rack,
    fenced,
    inControlledShutdown: false,
    isMigratingZkBroker: false,
    directories: [],
    cordonedDirectories: null,
  };
}

function place(brokers: BrokerImage[], partitions: number, replicas: number): number[][] {
  const placed = placeReplicas(brokers, { partitions, replicas }, new SeededRandom(7));
  if (placed instanceof Refusal) throw new Error(placed.message);
  return placed;
}

const counts = (ids: (number | undefined)[]): number[] => {
  const byId = new Map<number | undefined, number>();
  for (const id of ids) byId.set(id, (byId.get(id) ?? 0) + 1);
  return [...byId.values()];
};

describe('placing replicas', () => {
  it('gives each partition different brokers, and each broker as many leaders', () => {
    const placed = place(
      [1, 2, 3, 4].map((id) => broker(id)),
      400,
      3,
    );
    for (const replicas of placed) expect(new Set(replicas).size).toBe(3);
    expect(counts(placed.map(([leader]) => leader))).toEqual([100, 100, 100, 100]);
    expect(counts(placed.flat())).toEqual([300, 300, 300, 300]);
  });

  it('spreads a partition over the racks', () => {
    const brokers = [1, 2, 3, 4, 5, 6].map((id) => broker(id, `rack-${id % 3}`));
    for (const replicas of place(brokers, 60, 3)) {
      expect(new Set(replicas.map((id) => id % 3)).size).toBe(3);
    }
  });

  it('lets fenced brokers follow, but never lead', () => {
    const brokers = [broker(1, 'a'), broker(2, 'b', true), broker(3, 'c')];
    for (const [leader, ...followers] of place(brokers, 30, 3)) {
      expect(leader).not.toBe(2);
      expect(followers).toContain(2);
    }
  });

  it('puts all partitions on a broker that is alone', () => {
    expect(place([broker(1)], 3, 1)).toEqual([[1], [1], [1]]);
  });

  it('refuses what the brokers cannot give', () => {
    const refused = (brokers: BrokerImage[], replicas: number): boolean =>
      placeReplicas(brokers, { partitions: 1, replicas }, new SeededRandom()) instanceof Refusal;
    expect(refused([broker(1)], 2)).toBe(true);
    expect(refused([broker(1, null, true)], 1)).toBe(true);
    expect(refused([], 1)).toBe(true);
    expect(refused([broker(1)], 0)).toBe(true);
  });
});
