import { forward } from './forward.ts';

/** Versions 0 to 2. */
export const updateFeatures = forward('UpdateFeatures');
