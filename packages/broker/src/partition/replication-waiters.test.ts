import type { Clock } from '@tidelog/platform';
import { errors, type KafkaError } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { ReplicationWaiters } from './replication-waiters.ts';

/** A clock that moves when told, and fires its timers in order. */
class ManualClock implements Clock {
  #now = 0;
  #timers: { dueMs: number; fire: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  setTimer(delayMs: number, fire: () => void) {
    const timer = { dueMs: this.#now + delayMs, fire };
    this.#timers.push(timer);
    return { cancel: () => (this.#timers = this.#timers.filter((t) => t !== timer)) };
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = this.#timers.filter((t) => t.dueMs <= end).sort((a, b) => a.dueMs - b.dueMs);
      if (next === undefined) break;
      this.#now = next.dueMs;
      this.#timers = this.#timers.filter((t) => t !== next);
      next.fire();
    }
    this.#now = end;
  }

  get pending(): number {
    return this.#timers.length;
  }
}

function waiting() {
  const clock = new ManualClock();
  const waiters = new ReplicationWaiters(clock);
  const ended = new Map<number, KafkaError | null>();
  const add = (offset: number, timeoutMs: number) =>
    void waiters.add(offset, timeoutMs).then((error) => ended.set(offset, error));
  return { clock, waiters, ended, add };
}

describe('ReplicationWaiters', () => {
  it('serves those below the high watermark, and keeps no timer without waiters', async () => {
    const { clock, waiters, ended, add } = waiting();
    add(1, 100);
    add(2, 100);
    waiters.replicatedTo(2);
    await Promise.resolve();
    expect([...ended]).toEqual([[1, null]]);
    waiters.replicatedTo(3);
    await Promise.resolve();
    expect([...ended.keys()]).toEqual([1, 2]);
    expect(clock.pending).toBe(0);
  });

  it('ends each at its own deadline, also where a later one is shorter', async () => {
    const { clock, ended, add } = waiting();
    add(1, 1000);
    add(2, 10);
    clock.advance(10);
    await Promise.resolve();
    expect([...ended]).toEqual([[2, errors.REQUEST_TIMED_OUT]]);
    clock.advance(990);
    await Promise.resolve();
    expect(ended.get(1)).toBe(errors.REQUEST_TIMED_OUT);
    expect(clock.pending).toBe(0);
  });

  it('fails all when leadership is lost', async () => {
    const { clock, waiters, ended, add } = waiting();
    add(1, 10);
    add(2, 20);
    waiters.failAll(errors.NOT_LEADER_OR_FOLLOWER);
    await Promise.resolve();
    expect([...ended.values()]).toEqual(Array(2).fill(errors.NOT_LEADER_OR_FOLLOWER));
    expect(clock.pending).toBe(0);
  });
});
