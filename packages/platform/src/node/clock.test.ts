import { describe, expect, it } from 'vitest';
import { NodeClock } from './clock.ts';

const clock = new NodeClock();
const waitFor = (delayMs: number): Promise<void> =>
  new Promise((resolve) => {
    const keepAlive = setTimeout(() => {}, 10_000);
    clock.setTimer(delayMs, () => {
      clearTimeout(keepAlive);
      resolve();
    });
  });

describe('NodeClock', () => {
  it('fires after at least the delay, not a fraction of a millisecond before', async () => {
    for (const delayMs of [0, 0.4, 1, 3.7]) {
      const start = clock.monotonic();
      await waitFor(delayMs);
      expect(clock.monotonic() - start).toBeGreaterThanOrEqual(delayMs);
    }
  });

  it('fires in the order of the deadlines, and not when cancelled', async () => {
    const fired: string[] = [];
    clock.setTimer(4, () => fired.push('late'));
    clock.setTimer(1, () => fired.push('early'));
    const cancelled = clock.setTimer(2, () => fired.push('cancelled'));
    cancelled.cancel();
    cancelled.cancel();
    await waitFor(6);
    expect(fired).toEqual(['early', 'late']);
  });

  it('waits longer than setTimeout can count', async () => {
    const fired: string[] = [];
    const timer = clock.setTimer(2 ** 31 + 1000, () => fired.push('month'));
    await waitFor(3);
    timer.cancel();
    expect(fired).toEqual([]);
  });
});
