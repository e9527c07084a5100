import type { Disk } from '@tidelog/platform';
import { isDiskFull } from '../health.ts';

/** A file that is always written as a whole. */
export interface SmallFile {
  readonly name: string;
  readonly content: string;
}

/** Writes a file that is not there yet, or nothing at all. */
export function writeNewFile(disk: Disk, path: string, content: string): void {
  const file = disk.open(path, 'write');
  try {
    file.write(Buffer.from(content), 0);
  } catch (error) {
    if (isDiskFull(error)) disk.unlink(path);
    throw error;
  } finally {
    file.close();
  }
}
