import type { Disk } from '@tidelog/platform';
import { type PartitionDirectory, parsePartitionDirectory } from '../names.ts';

/** Belongs to the quorum, which opens it itself. */
const METADATA_TOPIC = '__cluster_metadata';
const REMOTE_INDEX_CACHE = 'remote-log-index-cache';

/** Someone else uses the directory, or it is none of ours. */
export class DirectoryError extends Error {
  override readonly name = 'DirectoryError';
}

export interface FoundPartition {
  readonly parsed: PartitionDirectory;
  readonly directory: string;
}

/** The partitions in a log directory, in whatever state. */
export function partitionsIn(disk: Disk, path: string): FoundPartition[] {
  const found: FoundPartition[] = [];
  for (const name of disk.listDirectories(path)) {
    if (name === REMOTE_INDEX_CACHE) continue;
    const directory = `${path}/${name}`;
    const parsed = parsePartitionDirectory(name);
    if (parsed === null) {
      throw new DirectoryError(
        `${path} holds ${name}, which is no partition: is this a log directory?`,
      );
    }
    if (parsed.topic !== METADATA_TOPIC) found.push({ parsed, directory });
  }
  return found;
}

/** With its parents, so that the names of all of them survive a crash. */
export function makeDurableDirectory(disk: Disk, path: string): void {
  if (disk.exists(path)) return;
  const slash = path.lastIndexOf('/');
  const parent = slash === -1 ? '.' : path.slice(0, slash) || '/';
  makeDurableDirectory(disk, parent);
  disk.makeDirectory(path);
  try {
    disk.syncDirectory(parent);
  } catch (error) {
    // The next try would take it for one that is there to stay.
    disk.removeDirectory(path);
    throw error;
  }
}
