import { expect, it } from 'vitest';
import { PendingBytes } from './pending-bytes.ts';

it('gives bytes once an offset has passed them', () => {
  const pending = new PendingBytes();
  pending.add(2, 20);
  pending.add(5, 30);
  expect(pending.takeUpTo(1)).toBe(0);
  expect(pending.takeUpTo(4)).toBe(20);
  expect(pending.takeUpTo(4)).toBe(0);
  expect(pending.takeUpTo(9)).toBe(30);
});

it('counts them all, however many pieces wait', () => {
  const pending = new PendingBytes();
  for (let i = 1; i <= 5000; i++) pending.add(i, 3);
  const first = pending.takeUpTo(2500);
  expect(first).toBeGreaterThan(7000);
  expect(first).toBeLessThanOrEqual(7500);
  expect(first + pending.takeUpTo(5000)).toBe(15_000);
});
