import { createRequire } from 'node:module';
import { getSystemErrorMap } from 'node:util';

/** What this package uses of the addon. Calls of the kernel give their result, or a negative `errno`. */
interface Native {
  /** What computes its CRC32C: 'sse4.2', 'armv8' or 'tables'. */
  readonly crc32cBy: string;
  write(fd: number, bytes: Uint8Array, start: number, end: number, position: number): number;
  sendFile(socket: number, fd: number, position: number, length: number): number;
  /** -EAGAIN: a read of this byte would wait for the disk. */
  probe(fd: number, position: number): number;
  /** Gives what the kernel has made of it. */
  setSendBuffer(socket: number, sizeBytes: number): number;
  lock(fd: number): number;
  unlock(fd: number): number;
}

/** The addon; null where none fits this machine, or `TIDELOG_NATIVE=off` says that it is not wanted. */
export const native: Native | null = load();

/** Which of both is in use, in a sentence for the server's log. */
export function describeNative(): string {
  return native === null
    ? 'Runs without the native part'
    : `Runs with the native part (CRC32C by ${native.crc32cBy})`;
}

/** The error that Node itself would have thrown; `failure` is what the addon gave, a negative `errno`. */
export function systemError(failure: number, syscall: string): NodeJS.ErrnoException {
  const [code, message] = getSystemErrorMap().get(failure) ?? [`errno ${-failure}`, 'failed'];
  const error = new Error(`${code}: ${message}, ${syscall}`);
  return Object.assign(error, { errno: failure, code, syscall });
}

function load(): Native | null {
  if (process.env.TIDELOG_NATIVE === 'off') return null; // without looking for it
  try {
    return createRequire(import.meta.url)('@tidelog/native') as Native | null;
  } catch {
    return null; // not installed
  }
}
