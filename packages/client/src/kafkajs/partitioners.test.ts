import { describe, expect, it } from 'vitest';
import { legacyMurmur2, Partitioners } from './partitioners.ts';
import type { PartitionMetadata } from './types.ts';

const partitions = (leaders: readonly number[]): PartitionMetadata[] =>
  leaders.map((leader, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader,
    replicas: [1],
    isr: [1],
  }));

describe('partitioners of kafkajs', () => {
  // What kafkajs 2.2.4 computes.
  it.each([
    ['', 275646684],
    ['a', -809885833],
    ['ab', -1686076413],
    ['abc', 1545667907],
    ['abcd', -2139815384],
    ['key-17', -998510924],
    ['the quick brown fox', -1437752679],
    ['\u{1F600}é', -77957449],
  ])('hash %j as versions before 2 did', (key, hash) => {
    expect(legacyMurmur2(Buffer.from(key))).toBe(hash);
  });

  it.each([
    ['a', 5, 1],
    ['key-17', 2, 4],
    ['the quick brown fox', 6, 3],
  ])('send %j where kafkajs sends it', (key, byDefault, legacy) => {
    const message = { key, value: null };
    const args = { topic: 't', partitionMetadata: partitions([1, 1, 1, 1, 1, 1, 1]), message };
    expect(Partitioners.DefaultPartitioner()(args)).toBe(byDefault);
    expect(Partitioners.LegacyPartitioner()(args)).toBe(legacy);
  });

  it('go round the partitions that have a leader with messages without a key', () => {
    const partitioner = Partitioners.DefaultPartitioner();
    const partitionMetadata = partitions([1, -1, 1]);
    const args = { topic: 't', partitionMetadata, message: { value: 'v' } };
    const chosen = Array.from({ length: 6 }, () => partitioner(args));
    expect(new Set(chosen)).toEqual(new Set([0, 2]));
    expect(chosen.slice(0, 2)).toEqual(chosen.slice(2, 4));
  });

  it('leave a partition that the message names', () => {
    const message = { key: 'a', value: 'v', partition: 3 };
    const args = { topic: 't', partitionMetadata: partitions([1, 1, 1, 1]), message };
    expect(Partitioners.LegacyPartitioner()(args)).toBe(3);
  });
});
