import { deleteShareState } from './delete.ts';
import { shareGroupDescribe } from './describe.ts';
import { shareGroupHeartbeat } from './heartbeat.ts';
import { stateInitialized } from './initialize.ts';
import {
  alterShareGroupOffsets,
  deleteShareGroupOffsets,
  initializedSharePartitions,
  shareOffsetsDeleted,
} from './offsets.ts';

/** Who decides each command of share groups. */
export const shareGroupDeciders = {
  ShareGroupHeartbeat: shareGroupHeartbeat,
  ShareGroupDescribe: shareGroupDescribe,
  ShareStateInitialized: stateInitialized,
  InitializedSharePartitions: initializedSharePartitions,
  AlterShareGroupOffsets: alterShareGroupOffsets,
  DeleteShareGroupOffsets: deleteShareGroupOffsets,
  ShareOffsetsDeleted: shareOffsetsDeleted,
  DeleteShareState: deleteShareState,
} as const;
