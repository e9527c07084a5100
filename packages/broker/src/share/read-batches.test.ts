import { BatchBuilder, setBatchBaseOffset } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { batchOf } from '../requests.test-table.ts';
import { abortedBatches, readBatches, sliceBatches } from './read-batches.ts';

function batchAt(baseOffset: number, values: readonly string[]): Buffer {
  const batch = batchOf(values);
  setBatchBaseOffset(batch, 0, baseOffset);
  return batch;
}

const log = Buffer.concat([batchAt(0, ['a', 'b']), batchAt(5, ['c']), batchAt(6, ['d', 'e', 'f'])]);

function pieces(sizeBytes: number, bytes: Buffer = log): Buffer[] {
  const list: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += sizeBytes) {
    list.push(bytes.subarray(at, at + sizeBytes));
  }
  return list;
}

describe('batches of what was read', () => {
  it.each([1, 7, 60, 61, 62, 100, 1000])('are found in pieces of %i bytes', (sizeBytes) => {
    const batches = readBatches(pieces(sizeBytes));
    expect(batches.map(({ firstOffset, lastOffset }) => [firstOffset, lastOffset])).toEqual([
      [0, 1],
      [5, 5],
      [6, 8],
    ]);
    const middle = { firstOffset: 4, lastOffset: 5 };
    const slice = Buffer.concat(sliceBatches(pieces(sizeBytes), batches, middle));
    expect(slice).toEqual(batchAt(5, ['c']));
    const all = { firstOffset: 1, lastOffset: 8 };
    expect(Buffer.concat(sliceBatches(pieces(sizeBytes), batches, all))).toEqual(log);
  });

  it.each([0, 11, 61, 75, log.length - 1])('end where the bytes end, after %i', (end) => {
    const whole = readBatches([log]).filter(
      ({ position, sizeBytes }) => position + sizeBytes <= end,
    );
    expect(readBatches(pieces(50, log.subarray(0, end)))).toEqual(whole);
  });

  it('are none in no bytes', () => {
    expect(readBatches([])).toEqual([]);
    expect(sliceBatches([], [], { firstOffset: 0, lastOffset: 9 })).toEqual([]);
  });
});

describe('aborted batches', () => {
  const batch = (firstOffset: number, producerId: number, kind: 'data' | 'marker' | 'plain') => ({
    firstOffset,
    lastOffset: firstOffset,
    position: 0,
    sizeBytes: 0,
    producerId,
    transactional: kind !== 'plain',
    control: kind === 'marker',
  });
  const batches = [
    batch(0, 7, 'data'),
    batch(1, 8, 'data'),
    batch(2, 7, 'plain'),
    batch(3, 7, 'data'),
    batch(4, 7, 'marker'),
    batch(5, 7, 'data'),
    batch(6, 8, 'marker'),
    batch(7, 7, 'marker'),
  ];

  it.each([
    [[], []],
    [[{ producerId: 7, firstOffset: 0 }], [0, 3]],
    [[{ producerId: 7, firstOffset: 5 }], [5]],
    [
      [
        { producerId: 7, firstOffset: 5 },
        { producerId: 8, firstOffset: 1 },
      ],
      [1, 5],
    ],
    [[{ producerId: 9, firstOffset: 0 }], []],
  ])('of %j', (transactions, offsets) => {
    const found = abortedBatches(batches, transactions);
    expect(found.map(({ firstOffset }) => firstOffset)).toEqual(offsets);
  });
});

it('knows transactional batches by their header', () => {
  const builder = new BatchBuilder();
  builder.append(0, 'k', 'v');
  const bytes = Buffer.from(
    builder.finish({ transactional: true, producerId: 42, producerEpoch: 0 }),
  );
  const [batch] = readBatches([bytes]);
  expect(batch).toMatchObject({ producerId: 42, transactional: true, control: false });
});
