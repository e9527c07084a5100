import { describe, expect, it, vi } from 'vitest';
import type { ConsumedMessage } from '../consumer/consumed-message.ts';
import type { Producer } from '../producer/producer.ts';
import { SerdeError } from '../serde/serde.ts';
import { deadLetter, toDeadLetters } from './dead-letters.ts';
import { once } from './once.ts';

const fields = {
  topic: 'orders',
  partition: 2,
  offset: 17,
  timestamp: 1000,
  key: Buffer.from('k'),
  value: Buffer.from('v'),
  keyBytes: Buffer.from('k'),
  valueBytes: Buffer.from('v'),
  headers: [{ key: 'own', value: Buffer.from('1') }],
};
const message = fields as unknown as ConsumedMessage;

describe('a dead letter', () => {
  const error = new TypeError('no price');
  const options = { topic: 'dead', groupId: 'billing' };

  it('is the message, with the headers of Kafka Connect after its own', () => {
    const letter = deadLetter(message, error, options);
    expect(letter).toMatchObject({ topic: 'dead', timestamp: 1000 });
    expect([String(letter.key), String(letter.value)]).toEqual(['k', 'v']);
    const headers = letter.headers as { key: string; value: unknown }[];
    expect(headers.map(({ key, value }) => [key, String(value)])).toEqual([
      ['own', '1'],
      ['__connect.errors.topic', 'orders'],
      ['__connect.errors.partition', '2'],
      ['__connect.errors.offset', '17'],
      ['__connect.errors.connector.name', 'billing'],
      ['__connect.errors.task.id', '0'],
      ['__connect.errors.stage', 'TASK_PUT'],
      ['__connect.errors.class.name', '@tidelog/client'],
      ['__connect.errors.exception.class.name', 'TypeError'],
      ['__connect.errors.exception.message', 'no price'],
      ['__connect.errors.exception.stacktrace', error.stack],
    ]);
  });

  it.each([
    ['key', 'KEY_CONVERTER'],
    ['value', 'VALUE_CONVERTER'],
  ] as const)('tells that its %s could not be read', (part, stage) => {
    const place = { topic: 'orders', part, partition: 2, offset: 17 };
    const unreadable = new SerdeError('DESERIALIZATION_FAILED', place, new Error('no JSON'));
    const letter = deadLetter(message, unreadable, options);
    expect(letter.headers).toContainEqual({ key: '__connect.errors.stage', value: stage });
    expect(String(letter.value)).toBe('v');
  });

  it('keeps the story of its first death', () => {
    const { headers } = deadLetter(message, error, options);
    const again = { ...fields, topic: 'retry', headers } as unknown as ConsumedMessage;
    const twice = deadLetter(again, new Error('another'), options);
    expect(twice.headers).toEqual(headers);
  });

  it('is written before its message counts as done', async () => {
    const sendAll = vi.fn(() => Promise.reject(new Error('no broker')));
    const onError = toDeadLetters({ sendAll } as unknown as Producer, options);
    const failure = {
      topic: 't',
      partition: 0,
      offset: 17,
      messages: [message],
      attempt: 1,
      error,
    };
    await expect(onError(failure)).rejects.toThrow('no broker');
    sendAll.mockResolvedValue([] as never);
    await expect(onError(failure)).resolves.toBe('skip');
  });
});

describe('once', () => {
  /** A database whose transactions are undone when they fail. */
  function database() {
    const seen = new Set<string>();
    const rows: string[] = [];
    const transaction = async (work: (tx: { keys: string[]; rows: string[] }) => Promise<void>) => {
      const tx = { keys: [] as string[], rows: [] as string[] };
      await work(tx);
      for (const key of tx.keys) seen.add(key);
      rows.push(...tx.rows);
    };
    return { seen, rows, transaction };
  }

  it('works on a message once, and again only where its transaction failed', async () => {
    const { seen, rows, transaction } = database();
    let failures = 1;
    const handler = once<{ keys: string[]; rows: string[] }>({
      transaction,
      remember: (tx, key) => {
        tx.keys.push(key);
        return !seen.has(key);
      },
      onMessage: ({ value }, tx) => {
        tx.rows.push(String(value));
        if (failures-- > 0) throw new Error('rolled back');
      },
    });
    await expect(handler(message)).rejects.toThrow('rolled back');
    await handler(message);
    await handler(message);
    expect(rows).toEqual(['v']);
    expect([...seen]).toEqual(['orders-2-17']);
  });
});
