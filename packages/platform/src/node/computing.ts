import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, type Worker } from 'node:worker_threads';
import {
  type Computing,
  ComputingError,
  type ComputingPool,
  type ComputingTask,
  type Parcel,
} from '../ports/computing.ts';
import { startThread } from './start-thread.ts';

/** How long a thread waits for more to do before it ends. */
const IDLE_MS = 30_000;
const CLOSED = 'the pool is closed';

/** What a thread sends for each parcel that it got. */
type Answer<Output> =
  | { readonly parcel: Parcel<Output> }
  | { readonly thrown: { readonly name: string; readonly message: string } };

interface Job<Input, Output> {
  readonly parcel: Parcel<Input>;
  readonly resolve: (parcel: Parcel<Output>) => void;
  readonly reject: (error: Error) => void;
}

/** Worker threads: they start one by one when all others are busy, and never keep the process alive. */
export class NodeComputing implements Computing {
  pool<Input, Output>(
    task: ComputingTask<Input, Output>,
    maxThreads: () => number,
  ): ComputingPool<Input, Output> {
    return new ThreadPool(task.entries, maxThreads);
  }
}

class ThreadPool<Input, Output> implements ComputingPool<Input, Output> {
  readonly #entries: readonly URL[];
  readonly #maxThreads: () => number;
  readonly #waiting: Job<Input, Output>[] = [];
  /** Each with what it is busy with. */
  readonly #threads = new Map<Worker, Job<Input, Output> | null>();
  readonly #idle: Worker[] = [];
  #reaper: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(entries: readonly URL[], maxThreads: () => number) {
    this.#entries = entries;
    this.#maxThreads = maxThreads;
  }

  run(parcel: Parcel<Input>): Promise<Parcel<Output>> {
    if (this.#closed) return Promise.reject(new ComputingError(CLOSED));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ parcel, resolve, reject });
      this.#assign();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#reaper !== null) clearTimeout(this.#reaper);
    const given = [...this.#threads.values()].filter((job) => job !== null);
    for (const job of [...given, ...this.#waiting]) job.reject(new ComputingError(CLOSED));
    this.#waiting.length = 0;
    const threads = [...this.#threads.keys()];
    this.#threads.clear();
    await Promise.all(threads.map(end));
  }

  #assign(): void {
    while (this.#waiting.length > 0) {
      let thread: Worker | null;
      try {
        thread = this.#idle.pop() ?? this.#another();
      } catch (error) {
        for (const job of this.#waiting.splice(0)) job.reject(error as Error);
        return;
      }
      if (thread === null) return;
      const job = this.#waiting.shift()!;
      this.#threads.set(thread, job);
      const { parcel } = job;
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
      thread.postMessage(parcel, [parcel.bytes.buffer]);
    }
  }

  /** Null where there are enough. */
  #another(): Worker | null {
    const most = Math.min(this.#maxThreads(), availableParallelism() - 1);
    if (this.#threads.size >= Math.max(1, most)) return null;
    const thread = startThread(this.#entries);
    this.#threads.set(thread, null);
    thread.on('message', (answer: Answer<Output>) => this.#answered(thread, answer));
    thread.on('error', (error) => this.#died(thread, error.message));
    thread.on('exit', (code) => this.#died(thread, `exit code ${code}`));
    return thread;
  }

  #answered(thread: Worker, answer: Answer<Output>): void {
    const job = this.#threads.get(thread);
    if (job === undefined || job === null) return;
    this.#threads.set(thread, null);
    this.#idle.push(thread);
    this.#assign();
    this.#reapLater();
    if ('parcel' in answer) job.resolve(answer.parcel);
    else job.reject(Object.assign(new Error(answer.thrown.message), answer.thrown));
  }

  /** What it was busy with may be what it died of, and is not tried again; the rest goes on. */
  #died(thread: Worker, reason: string): void {
    const job = this.#threads.get(thread);
    if (job === undefined) return;
    this.#threads.delete(thread);
    const at = this.#idle.indexOf(thread);
    if (at !== -1) this.#idle.splice(at, 1);
    job?.reject(new ComputingError(`its thread has died: ${reason}`));
    this.#assign();
  }

  /** Ends all threads when there was nothing to do for a while. */
  #reapLater(): void {
    if (this.#reaper !== null) {
      this.#reaper.refresh();
      return;
    }
    this.#reaper = setTimeout(() => {
      for (const thread of this.#idle.splice(0)) {
        this.#threads.delete(thread);
        void end(thread);
      }
    }, IDLE_MS);
    this.#reaper.unref();
  }
}

async function end(thread: Worker): Promise<void> {
  thread.removeAllListeners();
  thread.on('error', () => {}); // what it dies of is of no interest any more
  await thread.terminate();
}

/** The program of a thread of `NodeComputing`: one parcel after the other. */
export function serveComputing<Input, Output>({ compute }: ComputingTask<Input, Output>): void {
  const port = parentPort;
  if (isMainThread || port === null) throw new Error('this module is the program of a thread');
  port.on('message', (given: Parcel<Input>) => {
    let parcel: Parcel<Output>;
    try {
      parcel = compute(given);
    } catch (error) {
      const { name, message } = error as Error;
      port.postMessage({ thrown: { name, message } });
      return;
    }
    port.postMessage({ parcel }, [parcel.bytes.buffer]);
  });
}
