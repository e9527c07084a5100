import { expect, it } from 'vitest';
import { measured, percentile } from './measure.ts';

it('finds what a share of latencies do not exceed', () => {
  const hundred = Float64Array.from({ length: 100 }, (_, index) => index + 1);
  expect(percentile(hundred, 0.5)).toBe(50);
  expect(percentile(hundred, 0.99)).toBe(99);
  expect(percentile(hundred, 1)).toBe(100);
  expect(percentile(Float64Array.of(7), 0.5)).toBe(7);
  expect(percentile(new Float64Array(0), 0.5)).toBeNull();
});

it('counts by the second', () => {
  const load = { records: 1000, bytes: 4_000_000, elapsedMs: 2000, latenciesMs: [3, 1, 2] };
  expect(measured('produce', load)).toEqual({
    test: 'produce',
    records: 1000,
    bytes: 4_000_000,
    seconds: 2,
    recordsPerSecond: 500,
    megabytesPerSecond: 2,
    p50Ms: 2,
    p99Ms: 3,
    maxMs: 3,
  });
});
