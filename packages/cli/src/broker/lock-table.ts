import { closeSync, openSync, read } from 'node:fs';

const TABLE = '/proc/locks';
/** The kernel gives a page at a time, of whole lines, and takes its time again for the next. */
const PAGE_BYTES = 4096;
const LINE_BYTES = 128;

/**
 * Reads the kernel's table of locks in a thread: the kernel takes its time to put it together, 5 to 20 ms, in which
 * code can be loaded. Undefined where there is none, or more of it than a page.
 */
export function readLockTable(): Promise<string | undefined> {
  return new Promise((resolve) => {
    let fd: number;
    try {
      fd = openSync(TABLE, 'r');
    } catch {
      resolve(undefined);
      return;
    }
    const bytes = Buffer.allocUnsafe(PAGE_BYTES);
    read(fd, bytes, 0, PAGE_BYTES, null, (error, length) => {
      closeSync(fd);
      const isWhole = error === null && length < PAGE_BYTES - LINE_BYTES;
      resolve(isWhole ? bytes.toString('latin1', 0, length) : undefined);
    });
  });
}
