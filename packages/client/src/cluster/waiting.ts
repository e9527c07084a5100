import type { Clock, Random } from '@tidelog/platform';
import { abortedError, throwIfAborted } from '../client-error.ts';

/** Waits; rejects at once when the signal is aborted. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  throwIfAborted(signal);
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      timer.cancel();
      reject(abortedError(signal!));
    };
    const timer = clock.setTimer(delayMs, () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Lets go of a promise when the signal is aborted; what it was for goes on, and may fail unheard. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(abortedError(signal));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

export interface BackoffOptions {
  readonly initialMs: number;
  readonly maxMs: number;
}

/** Exponential, with 20 % of jitter (KIP-580). `attempt` counts from 0. */
export function backoffMs(random: Random, options: BackoffOptions, attempt: number): number {
  const exact = Math.min(options.maxMs, options.initialMs * 2 ** Math.min(attempt, 30));
  return exact * (0.8 + (0.4 * random.below(1 << 20)) / (1 << 20));
}
