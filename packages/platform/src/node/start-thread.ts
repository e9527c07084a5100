import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

/** Starts the first of `entries` that is there, in a thread that does not keep the process alive. */
export function startThread(entries: readonly URL[]): Worker {
  const entry = entries.find((url) => existsSync(url));
  if (entry === undefined) throw new Error(`none of ${entries.join(', ')} is there`);
  // Nothing of how this process was started is meant for its threads.
  const thread = new Worker(entry, { execArgv: [], env: process.env });
  thread.unref();
  return thread;
}
