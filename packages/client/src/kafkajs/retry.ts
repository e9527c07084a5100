import type { RetryOptions } from './types.ts';

/** kafkajs's own defaults. */
const defaults = { initialRetryTime: 300, maxRetryTime: 30_000, retries: 5 };
const leastMs = 200;

/** How long so many retries take: this client counts the time, not the attempts. */
export function retryTimeMs(options: RetryOptions = {}): number {
  const { initialRetryTime, maxRetryTime, retries } = { ...defaults, ...options };
  let total = 0;
  // Beyond some thousand retries it is for ever.
  for (let i = 0; i < Math.min(retries, 1000); i++) {
    total += Math.min(initialRetryTime * 2 ** i, maxRetryTime);
  }
  return Math.max(leastMs, Math.round(total));
}

export function retryBackoff(options: RetryOptions = {}): {
  retryBackoffMs: number;
  retryBackoffMaxMs: number;
} {
  const { initialRetryTime, maxRetryTime } = { ...defaults, ...options };
  return {
    retryBackoffMs: Math.min(initialRetryTime, maxRetryTime),
    retryBackoffMaxMs: maxRetryTime,
  };
}

/** How long to wait before the next attempt; null after the last one. */
export function backoffMs(options: RetryOptions, attempt: number): number | null {
  const { initialRetryTime, maxRetryTime, retries } = { ...defaults, ...options };
  return attempt >= retries ? null : Math.min(initialRetryTime * 2 ** attempt, maxRetryTime);
}
