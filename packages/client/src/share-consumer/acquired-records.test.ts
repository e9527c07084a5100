import { describe, expect, it } from 'vitest';
import { readAcquired } from './acquired-records.ts';

describe('what a share consumer has acquired', () => {
  it('comes to an end where the offsets are too large to be counted', () => {
    const range = { firstOffset: 2 ** 62, lastOffset: 2 ** 63, deliveryCount: 1 };
    const answer = { records: null, acquiredRecords: [range] };
    const options = { maxDecompressedBytes: 1000, decoder: null };
    const partition = { topic: 't', topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', partition: 0 };
    const { records, gaps } = readAcquired(partition, answer, options);
    expect(records).toEqual([]);
    expect(gaps[0]).toBe(2 ** 62);
  });
});
