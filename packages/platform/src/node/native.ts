import { createRequire } from 'node:module';

/** What this package uses of the addon. Calls of the kernel give their result, or a negative `errno`. */
interface Native {
  /** What computes its CRC32C: 'sse4.2', 'armv8' or 'tables'. */
  readonly crc32cBy: string;
}

/** The addon; null where none fits this machine, or `TIDELOG_NATIVE=off` says that it is not wanted. */
export const native: Native | null = load();

/** Which of both is in use, in a sentence for the server's log. */
export function describeNative(): string {
  return native === null
    ? 'Runs without the native part'
    : `Runs with the native part (CRC32C by ${native.crc32cBy})`;
}

function load(): Native | null {
  try {
    return createRequire(import.meta.url)('@tidelog/native') as Native | null;
  } catch {
    return null; // not installed
  }
}
