import { BATCH_HEADER_SIZE, codecs } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { Accumulator } from './accumulator.ts';
import { type ProducerOptions, producerSettings } from './producer-settings.ts';

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

  describe('with a codec', () => {
    const record = {
      timestamp: 1,
      key: null,
      value: Buffer.alloc(100, 'x'),
      headers: [],
      codec: codecs.gzip,
      maxSizeBytes: 140,
    };

    function setUp(options: ProducerOptions) {
      const settings = producerSettings({ batchSizeBytes: 1000, ...options });
      const accumulator = new Accumulator(settings);
      const queue = accumulator.queue('t', 0);
      const clock = new ManualClock();
      const append = () => accumulator.append(queue, record, clock);
      /** Fills a batch until the next record begins another, which stays; null where there is no memory for it. */
      const fill = () => {
        const first = append()!;
        let next = append();
        while (next === first) next = append();
        accumulator.take(queue);
        accumulator.close(first);
        return first;
      };
      return { settings, accumulator, append, fill };
    }

    it('fills batches up to what they take on the wire, and counts what they hold before', () => {
      const { settings, accumulator, fill } = setUp({});
      expect(fill().recordCount).toBeLessThan(9);
      for (let i = 0; i < 300; i++) accumulator.release(fill(), true);
      const batch = fill();
      expect(batch.recordCount).toBeGreaterThan(50);
      expect(batch.bytes.length).toBeLessThanOrEqual(1000);
      expect(batch.reservedBytes).toBeGreaterThan(batch.recordCount * 100);
      for (const each of accumulator.incomplete) accumulator.release(each, true);
      expect(accumulator.freeBytes).toBe(settings.bufferMemoryBytes);
    });

    it('never takes more for a batch than a request may carry, or than there is memory for', () => {
      const narrow = setUp({ maxRequestSizeBytes: 3000 });
      for (let i = 0; i < 300; i++) narrow.accumulator.release(narrow.fill(), true);
      expect(narrow.fill().recordCount).toBeLessThan(30);

      const small = setUp({ bufferMemoryBytes: 4000 });
      for (let i = 0; i < 300; i++) {
        small.accumulator.release(small.fill(), true);
        expect(small.accumulator.freeBytes).toBeGreaterThanOrEqual(0);
      }
      expect(small.fill().recordCount).toBeLessThan(40);
    });
  });
});
