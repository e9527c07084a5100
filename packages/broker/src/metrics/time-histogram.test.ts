import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimeHistogram } from './time-histogram.ts';

const windows = { count: 2, lengthMs: 1000 };

describe('a histogram of durations', () => {
  it('gives each quantile to an eighth of its value', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 100_000, noNaN: true }), { minLength: 1 }),
        (durations) => {
          const histogram = new TimeHistogram(windows);
          for (const duration of durations) histogram.record(duration, 0);
          const sorted = durations.toSorted((a, b) => a - b);
          const { count, sum, quantiles } = histogram.summary(0);
          expect(count).toBe(durations.length);
          expect(sum).toBeCloseTo(
            durations.reduce((total, duration) => total + duration, 0),
            3,
          );
          for (const [quantile, value] of quantiles) {
            const exact = sorted[Math.ceil(quantile * sorted.length) - 1]!;
            expect(value).toBeGreaterThanOrEqual(exact - 0.001);
            expect(value).toBeLessThanOrEqual(exact * 1.125 + 0.001);
          }
        },
      ),
    );
  });

  it('forgets old windows, and keeps count and sum', () => {
    const histogram = new TimeHistogram(windows);
    const median = (now: number) => histogram.summary(now).quantiles[0]![1];
    histogram.record(8, 0);
    histogram.record(1, 1500);
    expect(median(1500)).toBeCloseTo(1, 0);
    expect(histogram.summary(1500).count).toBe(2);
    histogram.record(1, 2600);
    expect(median(2600)).toBeLessThan(2);
    expect(median(9000)).toBe(0);
    expect(histogram.summary(9000)).toMatchObject({ count: 3, sum: 10 });
  });
});
