import type { ConsumedMessage } from '@tidelog/client';
import { describe, expect, it } from 'vitest';
import { compileFormat, jsonLine } from './message-format.ts';
import { table } from './table.ts';

const fields = {
  topic: 'orders',
  partition: 2,
  offset: 17,
  timestamp: 1700000000000,
  key: Buffer.from('k'),
  value: Buffer.from([0xff, 0x41]),
  headers: [{ key: 'h', value: Buffer.from('1') }],
};
const message = fields as unknown as ConsumedMessage;

describe('a format', () => {
  it('puts the fields of a message where they are named, bytes untouched', () => {
    expect(compileFormat('%t/%p@%o %T %k %h %%\\t')(message).toString()).toBe(
      'orders/2@17 1700000000000 k h=1 %\t',
    );
    expect(compileFormat('%v\\n')(message)).toEqual(Buffer.from([0xff, 0x41, 0x0a]));
  });

  it('has nothing for what is null', () => {
    const empty = { ...fields, key: null, value: null, headers: [] } as unknown as ConsumedMessage;
    expect(compileFormat('[%k|%v|%h]')(empty).toString()).toBe('[||]');
    expect(JSON.parse(jsonLine(empty).toString())).toMatchObject({ key: null, value: null });
  });

  it.each(['%x', '%', 'a%constructor'])('refuses %j in one sentence', (format) => {
    expect(() => compileFormat(format)).toThrow(/^the format has no %/);
  });
});

it('aligns a table and shows a dash for what is not there', () => {
  expect(
    table(
      ['A', 'LONG'],
      [
        ['x', 1],
        ['wide', null],
      ],
    ),
  ).toBe('A     LONG\nx     1\nwide  -\n');
});
