import { BATCH_HEADER_SIZE, BatchBuilder, type NewRecordHeader } from '@tidelog/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { Accumulator, roughSize } from './accumulator.ts';
import { producerSettings } from './producer-settings.ts';

const bytes = fc.option(
  fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: 'binary', maxLength: 300 })),
);
const headers: fc.Arbitrary<NewRecordHeader[]> = fc.array(
  fc.record({ key: fc.string({ unit: 'binary', maxLength: 200 }), value: bytes }),
  { maxLength: 5 },
);

describe('the accumulator', () => {
  it('never takes a record for smaller than it is', () => {
    fc.assert(
      fc.property(bytes, bytes, headers, fc.maxSafeNat(), (key, value, list, timestamp) => {
        const builder = new BatchBuilder();
        builder.append(0, null, null);
        const before = builder.sizeBytes;
        builder.append(timestamp, key, value, list);
        expect(roughSize(key, value, list)).toBeGreaterThanOrEqual(builder.sizeBytes - before);
      }),
    );
  });

  it('fills batches up to their size, and writes a batch over only after an answer', () => {
    const settings = producerSettings({ batchSizeBytes: 1000 });
    const accumulator = new Accumulator(settings);
    const queue = accumulator.queue('t', 0);
    const clock = new ManualClock();
    const value = Buffer.alloc(100, 'x');
    const add = () =>
      accumulator.append(
        queue,
        {
          timestamp: 1,
          key: null,
          value,
          headers: [],
          codec: 0,
          maxSizeBytes: roughSize(null, value, []),
        },
        clock,
      )!;
    const first = add();
    while (add() === first);
    expect(first.openBytes).toBeGreaterThan(1000 - 110);
    expect(first.openBytes).toBeLessThanOrEqual(1000);
    const memory = (batch: typeof first) => {
      accumulator.take(queue);
      accumulator.close(batch);
      batch.attempts = 1;
      return batch.bytes;
    };
    const second = queue.tail!;
    const [one, two] = [memory(first), memory(second)];
    expect(one.length + two.length).toBeGreaterThan(2 * BATCH_HEADER_SIZE);
    const copies = [Buffer.from(one), Buffer.from(two)];
    accumulator.release(first, false);
    accumulator.release(second, true);
    value.fill('y');
    add();
    expect(one).toEqual(copies[0]);
    expect(two).not.toEqual(copies[1]);
    expect(accumulator.freeBytes).toBe(settings.bufferMemoryBytes - 1000);
  });
});
