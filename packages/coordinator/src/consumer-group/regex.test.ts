import { describe, expect, it } from 'vitest';
import { compileRegex, LONGEST_REGEX } from './regex.ts';

describe('a regular expression', () => {
  it('matches whole names', () => {
    const regex = compileRegex('orders-[a-z]+');
    if ('problem' in regex) throw new Error(regex.problem);
    expect(regex.matches('orders-eu')).toBe(true);
    expect(regex.matches('my-orders-eu')).toBe(false);
  });

  it('costs what its program does, not its text', () => {
    const short = compileRegex('(a?){500}a{500}');
    if ('problem' in short) throw new Error(short.problem);
    expect(short.cost).toBeGreaterThan(1000);
  });

  it.each([
    ['is broken', 'a('],
    ['is too long', 'a'.repeat(LONGEST_REGEX + 1)],
    ['is too large', '((a|b)?){999}'.repeat(40)],
  ])('is refused when it %s', (_, pattern) => {
    expect(compileRegex(pattern)).toHaveProperty('problem');
  });
});
