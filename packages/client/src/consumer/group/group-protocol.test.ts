import { consumerProtocolSubscription, Writer } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { cooperativeStickyAssignor } from '../assignors/cooperative-sticky.ts';
import { rangeAssignor } from '../assignors/range.ts';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from './group-protocol.ts';

const owned = [
  { topic: 'a', partition: 1 },
  { topic: 'a', partition: 3 },
  { topic: 'b', partition: 0 },
];

describe('the consumer protocol', () => {
  it('carries a subscription there and back, topics sorted', () => {
    const bytes = encodeSubscription({ topics: ['b', 'a'], owned, generationId: 7 }, rangeAssignor);
    expect(decodeSubscription(bytes)).toEqual({
      topics: ['a', 'b'],
      owned,
      generationId: 7,
      userData: null,
    });
  });

  it('finds the generation of an older member in the user data', () => {
    const writer = new Writer();
    writer.int16(1);
    const userData = Buffer.from(cooperativeStickyAssignor.userData!(5, []));
    const ownedPartitions = [{ topic: 'a', partitions: [1] }];
    const value = { topics: ['a'], userData, ownedPartitions };
    consumerProtocolSubscription.write(writer, value, 1);
    expect(decodeSubscription(writer.toBuffer())).toEqual({
      topics: ['a'],
      owned: [{ topic: 'a', partition: 1 }],
      generationId: 5,
      userData,
    });
  });

  it('reads a later version as far as it knows it', () => {
    const bytes = encodeSubscription({ topics: ['a'], owned: [], generationId: 1 }, rangeAssignor);
    bytes.writeInt16BE(9, 0);
    expect(decodeSubscription(Buffer.concat([bytes, Buffer.from([1, 2, 3])]))?.topics).toEqual([
      'a',
    ]);
  });

  it('carries an assignment there and back; no bytes are no partitions', () => {
    expect(decodeAssignment(encodeAssignment(owned))).toEqual(owned);
    expect(decodeAssignment(Buffer.alloc(0))).toEqual([]);
  });

  it('refuses what is cut off', () => {
    const bytes = encodeSubscription({ topics: ['a'], owned, generationId: 1 }, rangeAssignor);
    for (let size = 0; size < bytes.length; size++) {
      expect(decodeSubscription(bytes.subarray(0, size))).toBeNull();
    }
    expect(decodeAssignment(encodeAssignment(owned).subarray(0, 9))).toBeNull();
  });
});
