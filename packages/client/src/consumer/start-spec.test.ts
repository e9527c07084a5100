import { describe, expect, it } from 'vitest';
import { offsetSpecOf, parseDuration, resetSpecOf, type OffsetReset } from './start-spec.ts';

describe('where a consumer starts', () => {
  it.each([
    ['PT1H', 3_600_000],
    ['PT1H30M', 5_400_000],
    ['P1D', 86_400_000],
    ['P2DT3H4M5.5S', 183_845_500],
    ['pt0.001s', 1],
    ['PT0S', 0],
    ['P', undefined],
    ['PT', undefined],
    ['P1DT', undefined],
    ['1H', undefined],
    ['PT1H1H', undefined],
    ['-PT1H', undefined],
    ['P1Y', undefined],
    ['P99999999999999999D', undefined],
  ])('%s is %s ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each<[OffsetReset, unknown]>([
    ['earliest', 'earliest'],
    ['none', null],
    ['by_duration:PT1H', { durationMs: 3_600_000 }],
    [{ timestamp: 5 }, { timestamp: 5 }],
    [{ durationMs: 5 }, { durationMs: 5 }],
  ])('%o', (reset, spec) => {
    expect(resetSpecOf(reset)).toEqual(spec);
  });

  it.each(['first', 'by_duration:1h', { durationMs: -1 }, { timestamp: Number.NaN }])(
    '%o is refused',
    (reset) => {
      expect(() => resetSpecOf(reset as OffsetReset)).toThrow('`autoOffsetReset` is earliest');
    },
  );

  it('counts back from now, and not beyond the beginning of time', () => {
    expect(offsetSpecOf({ durationMs: 400 }, 1000)).toEqual({ timestamp: 600 });
    expect(offsetSpecOf({ durationMs: 4000 }, 1000)).toEqual({ timestamp: 0 });
    expect(offsetSpecOf('latest', 1000)).toBe('latest');
  });
});
