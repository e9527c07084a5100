import { forward } from './forward.ts';

/** Versions 0 to 3. */
export const createPartitions = forward('CreatePartitions');
