import type { Disk } from '@tidelog/platform';
import { partitionDirectoryName } from '../names.ts';
import { readTextCheckpoint, textCheckpoint } from './text-checkpoint.ts';

export const RECOVERY_POINT_CHECKPOINT = 'recovery-point-offset-checkpoint';
export const LOG_START_OFFSET_CHECKPOINT = 'log-start-offset-checkpoint';
/** The high watermarks. */
export const REPLICATION_OFFSET_CHECKPOINT = 'replication-offset-checkpoint';
export const CLEANER_OFFSET_CHECKPOINT = 'cleaner-offset-checkpoint';

export interface PartitionOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export function offsetCheckpoint(offsets: readonly PartitionOffset[]): string {
  return textCheckpoint(
    offsets.map(({ topic, partition, offset }) => `${topic} ${partition} ${offset}`),
  );
}

/** Offsets by the name of the partition's directory; null when the file is damaged. */
export function readOffsetCheckpoint(disk: Disk, path: string): Map<string, number> | null {
  const entries = readTextCheckpoint(disk, path, 3);
  if (entries === null) return null;
  const offsets = new Map<string, number>();
  for (const [topic, partition, offset] of entries) {
    if (!/^\d+$/.test(offset!)) return null;
    offsets.set(partitionDirectoryName(topic!, Number(partition)), Number(offset));
  }
  return offsets;
}
