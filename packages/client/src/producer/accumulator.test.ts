import { BATCH_HEADER_SIZE } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { Accumulator } from './accumulator.ts';
import { producerSettings } from './producer-settings.ts';

describe('the accumulator', () => {
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
          maxSizeBytes: 140,
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
