import type { Disk } from '@tidelog/platform';
import { isDiskFull } from '../health.ts';
import { DELETED_SUFFIX } from '../names.ts';

/** Renames a file away. False when there was no space even for the name: then it is gone at once. */
export function retireFile(disk: Disk, path: string): boolean {
  try {
    disk.rename(path, path + DELETED_SUFFIX);
    return true;
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    disk.unlink(path);
    return false;
  }
}
