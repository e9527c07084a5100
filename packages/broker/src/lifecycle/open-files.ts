import type { Disk } from '@tidelog/platform';

const LEAST = 512;
const MOST = 16_384;

/**
 * How many files the logs of each of so many directories may have open: half of what the system allows
 * the process, because connections need the rest. A partition that is written to beyond that costs two
 * system calls more for each append.
 */
export function openFilesOf(disk: Disk, directories: number): number {
  const share = (disk.openFileLimit() ?? 0) / 2 / Math.max(1, directories);
  return Math.floor(Math.min(MOST, Math.max(LEAST, share)));
}
