import { supportedFeatures } from '@tidelog/metadata';
import type { SupportedFeature } from '../services.ts';

/** The levels of each feature that this broker can work with. */
export function featureRanges(): SupportedFeature[] {
  return [...supportedFeatures].map(([name, { min, max }]) => ({
    name,
    minVersion: min,
    maxVersion: max,
  }));
}
