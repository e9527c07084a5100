import {
  BatchBuilder,
  type BatchOptions,
  codecs,
  controlRecordKey,
  controlRecordTypes,
  endTxnMarkerValue,
} from '@tidelog/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AbortedTransaction } from './aborted-filter.ts';
import type { CorruptRecordsError } from './corrupt-records-error.ts';
import { FetchedBatch } from './message-batch.ts';
import { FetchedRecords, type FetchedRecordsOptions } from './fetched-records.ts';

function batch(values: readonly string[], options: BatchOptions): Buffer {
  const builder = new BatchBuilder();
  for (const value of values) builder.append(0, null, value);
  return builder.finish(options);
}

function marker(type: 0 | 1, baseOffset: number, producerId: number): Buffer {
  const builder = new BatchBuilder();
  builder.append(0, controlRecordKey(type), endTxnMarkerValue(0));
  return builder.finish({ baseOffset, producerId, transactional: true, control: true });
}

function open(batches: readonly Buffer[], options: Partial<FetchedRecordsOptions> = {}) {
  return new FetchedRecords({ topic: 't', partition: 3 }, Buffer.concat(batches), {
    startOffset: 0,
    maxDecompressedBytes: 1 << 20,
    checkCrcs: true,
    abortedTransactions: null,
    decoder: null,
    ...options,
  });
}

function valuesOf(records: FetchedRecords): string[] {
  const values: string[] = [];
  for (let next = records.next(); next !== null; next = records.next()) {
    values.push(String(next.value));
  }
  return values;
}

describe('fetched records', () => {
  it('begin at the offset that was asked for, and tell the leader epoch', () => {
    const records = open(
      [
        batch(['a', 'b'], { baseOffset: 10, leaderEpoch: 3 }),
        batch(['c'], { baseOffset: 12, leaderEpoch: 5 }),
      ],
      { startOffset: 11 },
    );
    expect([records.endOffset, records.endEpoch]).toEqual([13, 5]);
    expect(String(records.next()!.value)).toBe('b');
    expect([records.nextOffset, records.leaderEpoch]).toEqual([12, 3]);
    expect(valuesOf(records)).toEqual(['c']);
    expect(records.leaderEpoch).toBe(5);
  });

  it('leave out a batch at the end that is cut off', () => {
    const whole = batch(['a'], { baseOffset: 0 });
    const cut = batch(['b'], { baseOffset: 1 }).subarray(0, 68);
    const records = open([whole, cut]);
    expect([records.endOffset, records.sizeBytes]).toEqual([1, whole.length]);
    expect(valuesOf(records)).toEqual(['a']);
  });

  it('refuse a bomb', () => {
    const bomb = batch(['x'.repeat(100_000)], { codec: codecs.gzip });
    const records = open([bomb], { maxDecompressedBytes: 50_000 });
    expect(() => records.next()).toThrow('too large');
  });

  it('compare checksums only where they shall', () => {
    const bytes = batch(['a'], { baseOffset: 0 });
    bytes[17]! ^= 1;
    expect(() => open([bytes]).next()).toThrow(
      't-3: the batch at offset 0 cannot be read: its checksum does not match',
    );
    expect(valuesOf(open([bytes], { checkCrcs: false }))).toEqual(['a']);
  });

  it('are never read beyond their end, whatever the bytes are', () => {
    const good = batch(['a', 'b'], { baseOffset: 0 });
    const damage = fc.array(
      fc.tuple(fc.nat(good.length * 2 - 1), fc.integer({ min: 0, max: 255 })),
    );
    fc.assert(
      fc.property(damage, (damage) => {
        const bytes = Buffer.concat([good, good]);
        for (const [at, byte] of damage) bytes[at] = byte;
        const records = open([bytes], { checkCrcs: false, abortedTransactions: [] });
        let tries = 0;
        for (let ended = false; !ended && tries < 20; tries++) {
          try {
            valuesOf(records);
            ended = true;
          } catch (error) {
            (error as CorruptRecordsError).skip();
          }
        }
        expect(tries).toBeLessThan(20);
      }),
    );
  });
});

describe('a batch that is handed on', () => {
  const place = { topic: 't', partition: 3 };
  const handOn = (records: FetchedRecords): FetchedBatch =>
    new FetchedBatch(place, 99, records.rest()!, (cursor) => records.message(cursor));
  const inPlace = (handed: FetchedBatch): string[] => {
    const values: string[] = [];
    handed.forEachRecord(({ value }) => values.push(String(value)));
    return values;
  };

  it('holds all that is left, and makes messages only when they are asked for', () => {
    const records = open([
      batch(['a', 'b'], { baseOffset: 10 }),
      marker(controlRecordTypes.commit, 12, 7),
      batch(['c'], { baseOffset: 13, codec: codecs.gzip }),
    ]);
    records.next();
    const handed = handOn(records);
    expect(handed).toMatchObject({ ...place, highWatermark: 99, offset: 11, count: 2 });
    expect([inPlace(handed), inPlace(handed)]).toEqual([
      ['b', 'c'],
      ['b', 'c'],
    ]);
    const { messages } = handed;
    expect(messages.map(({ offset, value }) => [offset, String(value)])).toEqual([
      [11, 'b'],
      [13, 'c'],
    ]);
    expect(handed.messages).toBe(messages);
    expect([records.rest(), records.next(), records.nextOffset]).toEqual([null, null, 14]);
  });

  it('ends before what cannot be read, which is said each time, whatever is done with the batch', () => {
    const builder = new BatchBuilder();
    for (const value of ['a', 'b']) builder.append(0, null, value);
    const lying = Buffer.from(builder.finish({ baseOffset: 5 }));
    lying[lying.length - 8] = 100; // the size of the last record
    const records = open([batch(['x'], { baseOffset: 4 }), lying], { checkCrcs: false });
    const handed = handOn(records);
    for (let i = 0; i < 2; i++) {
      expect(inPlace(handed)).toEqual(['x', 'a']);
      expect(() => records.rest()).toThrow('t-3: the batch at offset 6');
      expect(() => records.next()).toThrow('t-3: the batch at offset 6');
    }
    expect([handed.offset, handed.count]).toEqual([4, 2]);
  });
});

describe('read_committed', () => {
  it('passes over what was aborted, and over markers', () => {
    const mine = { producerId: 7, transactional: true };
    const batches = [
      batch(['none'], { baseOffset: 0 }),
      batch(['aborted'], { baseOffset: 1, ...mine }),
      batch(['idempotent'], { baseOffset: 2, producerId: 8 }),
      marker(controlRecordTypes.abort, 3, 7),
      batch(['committed'], { baseOffset: 4, ...mine }),
      marker(controlRecordTypes.commit, 5, 7),
    ];
    const abortedTransactions = [{ producerId: 7, firstOffset: 1 }];
    const kept = ['none', 'idempotent', 'committed'];
    const records = open(batches, { abortedTransactions });
    expect(valuesOf(records)).toEqual(kept);
    expect(records.nextOffset).toBe(6);
    expect(valuesOf(open(batches))).toEqual(['none', 'aborted', 'idempotent', 'committed']);
  });

  it('gives exactly what was committed, whoever writes in between', () => {
    const step = fc.record({
      producer: fc.nat(2),
      what: fc.constantFrom('send', 'commit', 'abort'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat(10), (steps, skipped) => {
        const batches: Buffer[] = [];
        const open_ = new Map<number, { firstOffset: number; values: string[] }>();
        const aborted: AbortedTransaction[] = [];
        const lost = new Set<string>();
        const sent: { offset: number; value: string }[] = [];
        let offset = 0;
        const end = (producerId: number, type: 0 | 1): void => {
          const transaction = open_.get(producerId);
          if (transaction === undefined) return;
          open_.delete(producerId);
          batches.push(marker(type, offset++, producerId));
          if (type !== controlRecordTypes.abort) return;
          aborted.push({ producerId, firstOffset: transaction.firstOffset });
          for (const value of transaction.values) lost.add(value);
        };
        for (const { producer: producerId, what } of steps) {
          if (what !== 'send') {
            end(producerId, controlRecordTypes[what]);
            continue;
          }
          const transaction = open_.get(producerId) ?? { firstOffset: offset, values: [] };
          open_.set(producerId, transaction);
          const value = `v${offset}`;
          transaction.values.push(value);
          sent.push({ offset, value });
          batches.push(batch([value], { baseOffset: offset++, producerId, transactional: true }));
        }
        for (const producerId of open_.keys()) end(producerId, controlRecordTypes.commit);
        const startOffset = Math.min(skipped, offset);
        const records = open(batches.slice(startOffset), {
          startOffset,
          // A broker tells of those that touch what it sends.
          abortedTransactions: aborted.filter(({ firstOffset, producerId }) => {
            const marked = batches.findIndex(
              (bytes, at) =>
                at > firstOffset &&
                bytes.readInt16BE(21) & 32 &&
                bytes.readInt32BE(47) === producerId,
            );
            return marked >= startOffset;
          }),
        });
        const expected = sent.filter(
          ({ offset, value }) => offset >= startOffset && !lost.has(value),
        );
        expect(valuesOf(records)).toEqual(expected.map(({ value }) => value));
      }),
    );
  });
});
