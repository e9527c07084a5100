import { forward } from './forward.ts';

/** Versions 0 and 1 (KIP-455): moves of partitions to other brokers. */
export const alterPartitionReassignments = forward('AlterPartitionReassignments');
