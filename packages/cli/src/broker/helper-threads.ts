import { readdirSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** Leaves a tenth of the event loop's share, so that code still gets compiled on a processor that is full. */
const MORE_NICENESS = 10;
const MOST_NICENESS = 19;

/**
 * The ids of the threads that are there beside the event loop. To be called before libuv has begun its pool: then they
 * are V8's. None where the system does not tell.
 */
export function helperThreads(): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc/self/task')
    .map(Number)
    .filter((id) => id !== process.pid);
}

/** Lets the event loop go first where it shares a processor with these threads. */
export function lowerPriority(threads: readonly number[]): void {
  const niceness = Math.min(getPriority() + MORE_NICENESS, MOST_NICENESS);
  for (const id of threads) {
    try {
      setPriority(id, niceness); // on Linux of the thread alone
    } catch {
      // It has ended, or nothing may be changed here: nothing depends on it.
    }
  }
}
