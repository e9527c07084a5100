import { forward } from './forward.ts';

/** Version 0. */
export const listPartitionReassignments = forward('ListPartitionReassignments');
