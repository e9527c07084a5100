import { describe, expect, it } from 'vitest';
import { CompressionRatios } from './compression-ratios.ts';

const [GZIP, ZSTD] = [1, 4];

describe('what records are expected to compress to', () => {
  it('is as much as they take, and some more, before anything was seen', () => {
    const ratios = new CompressionRatios();
    expect(ratios.expected('t', GZIP)).toBe(1.05);
    expect(ratios.expected('t', 0)).toBe(1);
  });

  it('falls in small steps, and rises at once', () => {
    const ratios = new CompressionRatios();
    ratios.observed('t', GZIP, 0.2);
    expect(ratios.expected('t', GZIP)).toBeCloseTo(1.05 * 0.995);
    for (let i = 0; i < 200; i++) ratios.observed('t', GZIP, 0.2);
    expect(ratios.expected('t', GZIP)).toBeCloseTo(1.05 * 0.2);
    ratios.observed('t', GZIP, 0.21);
    expect(ratios.expected('t', GZIP)).toBeCloseTo(1.05 * 0.25);
    ratios.observed('t', GZIP, 0.9);
    expect(ratios.expected('t', GZIP)).toBeCloseTo(1.05 * 0.9);
  });

  it('is that of a topic and a codec', () => {
    const ratios = new CompressionRatios();
    ratios.observed('t', GZIP, 0.2);
    expect(ratios.expected('t', ZSTD)).toBe(1.05);
    expect(ratios.expected('u', GZIP)).toBe(1.05);
  });

  it('begins anew when a batch was too large', () => {
    const ratios = new CompressionRatios();
    for (let i = 0; i < 200; i++) ratios.observed('t', GZIP, 0.2);
    ratios.refused('t', GZIP);
    expect(ratios.expected('t', GZIP)).toBe(1.05);
  });
});
