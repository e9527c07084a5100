import { NodeRandom } from '@tidelog/platform';
import { describe, expect, it } from 'vitest';
import type { Cluster } from '../cluster/cluster.ts';
import type { TopicMetadata } from '../cluster/metadata.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { Accumulator } from './accumulator.ts';
import { PartitionChoice } from './partition-choice.ts';
import { type ProducerOptions, producerSettings } from './producer-settings.ts';

/** A topic whose partitions are led by these brokers. */
function topic(...leaders: number[]): TopicMetadata {
  const partitions = leaders.map((leader, partition) => ({
    partition,
    leader,
    leaderEpoch: 0,
    replicas: [],
    inSyncReplicas: [],
  }));
  const available = partitions.filter(({ leader }) => leader >= 0).map((p) => p.partition);
  return { name: 't', id: null, isInternal: false, partitions, available, fetchedAt: 0 };
}

function setUp(options: ProducerOptions = {}) {
  const clock = new ManualClock();
  const settings = producerSettings(options);
  const stalled = new Map<number, number>();
  const choice = new PartitionChoice({
    cluster: { platform: { clock, random: new NodeRandom() } } as unknown as Cluster,
    settings,
    accumulator: new Accumulator(settings),
    stalledSince: (node) => stalled.get(node),
  });
  const candidates = (metadata: TopicMetadata) =>
    choice.load(metadata).map(({ partition }) => partition);
  return { clock, choice, stalled, candidates };
}

describe('the choice of a partition', () => {
  it('leaves out partitions without a leader, as long as another has one', () => {
    const { candidates } = setUp();
    expect(candidates(topic(1, -1, 2))).toEqual([0, 2]);
    expect(candidates(topic(-1, -1))).toEqual([0, 1]);
  });

  it('leaves out leaders that took nothing for longer than they may', () => {
    const { clock, stalled, candidates } = setUp({ partitionerAvailabilityTimeoutMs: 100 });
    stalled.set(2, 0);
    clock.advance(100);
    expect(candidates(topic(1, 2, 3))).toEqual([0, 1, 2]);
    clock.advance(1);
    expect(candidates(topic(1, 2, 3))).toEqual([0, 2]);
    expect(candidates(topic(2, 2))).toEqual([0, 1]);
  });

  it('does not mind stalled leaders without such a time', () => {
    const { clock, stalled, candidates } = setUp();
    stalled.set(2, 0);
    clock.advance(1_000_000);
    expect(candidates(topic(1, 2))).toEqual([0, 1]);
  });

  it('follows the message, then the user’s rule, then the key', () => {
    const { choice } = setUp({ partitioner: ({ value }) => (value === 'rule' ? 1 : undefined) });
    const metadata = topic(1, 1, 1);
    expect(choice.of({ topic: 't', partition: 2, key: 'k', value: 'rule' }, metadata)).toBe(2);
    expect(choice.of({ topic: 't', key: 'k', value: 'rule' }, metadata)).toBe(1);
    expect(choice.of({ topic: 't', key: 'abc', value: null }, metadata)).toBe(479470107 % 3);
    expect(choice.of({ topic: 't', value: null }, metadata)).toBe(-1);
    expect(() => choice.of({ topic: 't', partition: 3, value: null }, metadata)).toThrow(
      /it has 3/,
    );
  });
});
