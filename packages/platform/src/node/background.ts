import { setPriority } from 'node:os';
import { isMainThread, parentPort, type Worker } from 'node:worker_threads';
import type { Background, BackgroundRun, BackgroundTask } from '../ports/background.ts';
import { NodeClock } from './clock.ts';
import { NodeDisk } from './disk.ts';
import { startThread } from './start-thread.ts';

/** How long a thread waits for more to do before it ends. */
const IDLE_MS = 30_000;
/** Of 19: clients come first where the processors are busy. */
const NICENESS = 10;

/** What a thread sends: a report, or how it ended. */
type Message =
  | { readonly report: unknown }
  | { readonly ended: null | { name: string; message: string; code?: string } };

/**
 * Runs each task in a thread of its own. Threads start when there is something to do, stay a while for
 * what comes next, and never keep the process alive.
 */
export class NodeBackground implements Background {
  readonly #idle = new Map<readonly URL[], Worker[]>();

  run<Input, Report>(
    task: BackgroundTask<Input, Report>,
    input: Input,
    onReport: (report: Report) => void,
  ): BackgroundRun {
    const idle = this.#idleOf(task.entries);
    const thread = idle.pop() ?? startThread(task.entries);
    thread.removeAllListeners();
    let finish = () => {};
    const ended = new Promise<void>((resolve, reject) => {
      finish = resolve;
      thread.on('error', reject);
      thread.on('exit', (code) => reject(new Error(`the thread ended with ${code}`)));
      thread.on('message', (message: Message) => {
        if ('report' in message) {
          onReport(message.report as Report);
          return;
        }
        this.#rest(thread, idle);
        if (message.ended === null) resolve();
        else reject(Object.assign(new Error(message.ended.message), message.ended));
      });
    });
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
    thread.postMessage(input);
    return {
      ended,
      async stop() {
        if (idle.includes(thread)) return;
        thread.removeAllListeners();
        thread.on('error', () => {}); // what it dies of is of no interest any more
        await thread.terminate();
        finish();
      },
    };
  }

  #idleOf(entries: readonly URL[]): Worker[] {
    let idle = this.#idle.get(entries);
    if (idle === undefined) this.#idle.set(entries, (idle = []));
    return idle;
  }

  #rest(thread: Worker, idle: Worker[]): void {
    const leave = () => {
      const at = idle.indexOf(thread);
      if (at !== -1) idle.splice(at, 1);
    };
    thread.removeAllListeners();
    thread.on('error', leave);
    thread.on('exit', leave);
    idle.push(thread);
    const timeout = setTimeout(() => {
      if (!idle.includes(thread)) return;
      leave();
      void thread.terminate();
    }, IDLE_MS);
    timeout.unref();
  }
}

/** The program of a thread that `NodeBackground` starts: one task after the other. */
export function serveBackground<Input, Report>({ steps }: BackgroundTask<Input, Report>): void {
  const port = parentPort;
  if (isMainThread || port === null) throw new Error('this module is the program of a thread');
  // On Linux this is the niceness of the calling thread alone; elsewhere it would be the process's.
  if (process.platform === 'linux') setPriority(NICENESS);
  const context = { disk: new NodeDisk(), clock: new NodeClock() };
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const send = (message: Message) => port.postMessage(message);
  port.on('message', (input: Input) => {
    try {
      for (const { report, restMs } of steps(input, context)) {
        if (report !== undefined) send({ report });
        if (restMs !== undefined) Atomics.wait(pause, 0, 0, restMs);
      }
      send({ ended: null });
    } catch (error) {
      const { name, message, code } = error as NodeJS.ErrnoException;
      send({ ended: { name, message, ...(code !== undefined && { code }) } });
    }
  });
}
