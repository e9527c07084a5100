import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonLine, parseJsonLine } from './json-line.ts';
import { compileFormat } from './message-format.ts';
import type { PrintedRecord } from './record.ts';

const record: PrintedRecord = {
  topic: 'orders',
  partition: 2,
  offset: 17,
  timestamp: 1700000000000,
  key: Buffer.from('k'),
  value: Buffer.from([0xff, 0x41]),
  headers: [
    { key: 'h', value: Buffer.from('1') },
    { key: 'none', value: null },
  ],
};
const empty: PrintedRecord = { ...record, key: null, value: null, headers: [] };
const print = (format: string, what = record) => compileFormat(format)(what, 3).toString();

describe('a format', () => {
  it.each([
    ['%t/%p@%o %T %k %h %%\\t', 'orders/2@17 1700000000000 k h=1,none= %\t'],
    ['%K %V %S %H %i', '1 2 2 2 3'],
    ['%v{hex} %s{base64} %k{hex} %t{hex}', 'ff41 /0E= 6b 6f7264657273'],
    ['%d{iso} %d{s} %d', '2023-11-14T22:13:20.000Z 1700000000 1700000000000'],
    ['%h{%k:%v{hex}(%V)\\n}', 'h:31(1)\nnone:(-1)\n'],
    ['%o{hex} %%{}', '11 %{}'],
  ])('%s', (format, printed) => {
    expect(print(format)).toBe(printed);
  });

  it('leaves bytes untouched, and writes numbers in binary', () => {
    const bytes = (format: string) => compileFormat(format)(record, 1);
    expect(bytes('%v\\n')).toEqual(Buffer.from([0xff, 0x41, 0x0a]));
    expect(bytes('%V{big32}%o{little16}\\xfe')).toEqual(Buffer.from([0, 0, 0, 2, 17, 0, 0xfe]));
  });

  it('has nothing for what is null', () => {
    expect(print('[%k|%v|%h|%K|%v{hex}]', empty)).toBe('[|||-1|]');
  });

  it.each([
    ['%x', 'the format has no %x; it has %t'],
    ['%', 'the format has no %;'],
    ['%{}', 'the format has no %{'],
    ['a%constructor', 'the format has no %c'],
    ['%v{rot13}', 'no %v{rot13}; known are: hex, base64'],
    ['%o{big7}', 'no %o{big7}'],
    ['%d{local}', 'no %d{local}; known are: ms, s, iso'],
    ['%h{%o}', 'the format has no %o; it has %k %v'],
    ['%h{%k', 'never closes'],
  ])('refuses %j in one sentence', (format, sentence) => {
    expect(() => compileFormat(format)).toThrow(sentence);
  });
});

describe('a line of JSON', () => {
  const bytes = fc.option(
    fc.oneof(
      fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array)),
      fc.string({ unit: 'grapheme' }).map((text) => Buffer.from(text)),
    ),
  );

  it('is read as the record that it was written from', () => {
    fc.assert(
      fc.property(
        fc.record({
          topic: fc.string(),
          partition: fc.nat(),
          offset: fc.maxSafeNat(),
          timestamp: fc.oneof(fc.constant(-1), fc.maxSafeNat()),
          key: bytes,
          value: bytes,
          headers: fc.array(fc.record({ key: fc.string({ unit: 'grapheme' }), value: bytes })),
        }),
        (record) => {
          const { offset: _, timestamp, ...same } = record;
          expect(parseJsonLine(jsonLine(record).toString())).toEqual({
            ...same,
            timestamp: timestamp === -1 ? undefined : timestamp,
          });
        },
      ),
    );
  });

  it('is told apart from text that looks like its marker', () => {
    const value = Buffer.from('{"base64":"AAAA"}');
    expect(parseJsonLine(jsonLine({ ...empty, value }).toString()).value).toEqual(value);
  });

  it('may be written by hand', () => {
    expect(parseJsonLine('{"value":{"id":1}}')).toMatchObject({
      key: null,
      value: Buffer.from('{"id":1}'),
      headers: [],
    });
  });

  it.each([
    ['', 'it is no JSON'],
    ['[]', 'it is no JSON object'],
    ['{}', 'it has no "value"'],
    ['{"value":{"base64":"?"}}', '"value" is no base64'],
    ['{"value":"","partition":1.5}', '"partition" is a whole number'],
    ['{"value":"","headers":[{}]}', 'a header has no "key"'],
    ['{"value":"","headers":{}}', '"headers" is a list'],
    ['{"value":"","topic":1}', '"topic" is a text'],
  ])('refuses %s', (line, sentence) => {
    expect(() => parseJsonLine(line)).toThrow(sentence);
  });
});
