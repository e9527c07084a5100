import { describe, expect, it } from 'vitest';
import type { ProducerMessage } from './message.ts';
import { setUp } from './producer.test-setup.ts';

/** What programs without types may hand over. */
const unreadable: [string, object][] = [
  ['a value that is a number', { value: 5 }],
  ['a value that was forgotten', {}],
  ['a value that is an object', { value: { a: 1 } }],
  ['a key that is a number', { key: 5, value: 'v' }],
  ['a header whose value is a number', { value: 'v', headers: { a: 5 } }],
  ['a negative timestamp', { value: 'v', timestamp: -5 }],
  ['a timestamp that is no number', { value: 'v', timestamp: Number.NaN }],
  ['a timestamp between milliseconds', { value: 'v', timestamp: 0.5 }],
  ['a timestamp that is a date', { value: 'v', timestamp: new Date(5) }],
];

describe('a record that cannot be written', () => {
  it.each(unreadable)('is refused alone: %s', async (_, parts) => {
    const { clock, producer, seen } = setUp();
    const send = (message: object) =>
      producer.send({ topic: 't', partition: 0, ...message } as ProducerMessage);
    await clock.settle(send({ value: 'before' }));
    await expect(clock.settle(send(parts))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await clock.settle(send({ value: 'after' }));
    expect(seen().flatMap(({ values }) => values)).toEqual(['before', 'after']);
    expect(seen().map(({ sequence }) => sequence)).toEqual([0, 1]);
  });
});
