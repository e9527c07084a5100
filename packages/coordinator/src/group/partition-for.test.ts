import { expect, it } from 'vitest';
import { partitionFor } from './partition-for.ts';

it("finds a group's partition by Java's hash of its name", () => {
  expect(partitionFor('', 50)).toBe(0);
  expect(partitionFor('abc', 50)).toBe(96_354 % 50);
  // Where Apache Kafka 4.3.1 put groups of these names.
  const placed = ['classic-g', 'static-g', 'new-g', 'admin-g'].map((name) => partitionFor(name, 4));
  expect(placed).toEqual([0, 0, 2, 3]);
  // The hash of this name is -2^31, whose absolute value is no int.
  expect(partitionFor('polygenelubricants', 50)).toBe(0);
  // Units of UTF-16, not characters or bytes.
  expect(partitionFor('\u{1f600}', 1_000_000_007)).toBe(0xd83d * 31 + 0xde00);
});
