import { describe, expect, it } from 'vitest';
import { FinalizedFeatures } from './finalized-features.ts';

const version = (maxVersionLevel: number) => [{ name: 'transaction.version', maxVersionLevel }];

describe('FinalizedFeatures', () => {
  it('keeps what was finalized last, in whatever order connections tell of it', () => {
    const features = new FinalizedFeatures();
    expect(features.level('transaction.version')).toBe(0);
    features.heard(7, version(2));
    features.heard(3, version(1));
    expect(features.level('transaction.version')).toBe(2);
    features.heard(8, []);
    expect(features.level('transaction.version')).toBe(0);
  });

  it('learns nothing from a broker that has none', () => {
    const features = new FinalizedFeatures();
    features.heard(-1, version(2));
    expect(features.level('transaction.version')).toBe(0);
  });
});
