import { forward } from './forward.ts';

/** Versions 2 to 7; decided by the controller, answered when the partitions have their leaders. */
export const createTopics = forward('CreateTopics');
