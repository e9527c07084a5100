import { CallError } from '../command-error.ts';
import type { PrintedRecord } from './record.ts';

type Piece = Uint8Array | string;
/** `index` counts what was printed, from 1. */
type Part<Item> = (item: Item, index: number) => Piece;
type Header = PrintedRecord['headers'][number];

/** How bytes, numbers and times may be written: what stands in braces behind a verb. */
type Modifier = string | undefined;
type Verb<Item> = (modifier: Modifier) => Part<Item>;

/**
 * Compiles a format. Verbs as rpk and kcat have them: `%t` topic, `%p` partition, `%o` offset, `%k` key,
 * `%v` or `%s` value, `%T` timestamp (ms), `%d` the same, to be formatted, `%h` headers, `%i` how many were printed,
 * `%K`, `%V` or `%S` sizes of key and value (-1 where there is none), `%H` number of headers, `%%` a percent sign.
 * Behind key, value and topic `{hex}` or `{base64}`; behind `%d` `{ms}`, `{s}` or `{iso}`; behind numbers `{hex}`,
 * `{big16}`, `{big32}`, `{big64}` or the same with `little`; behind `%h` what to print for each header, with `%k`, `%v`, `%K`,
 * `%V`. Escapes: `\n`, `\t`, `\r`, `\0`, `\\`, `\xHH`.
 */
export function compileFormat(format: string): (record: PrintedRecord, index: number) => Buffer {
  const parts = compile(format, recordVerbs);
  return (record, index) => joined(parts, record, index);
}

function joined<Item>(parts: readonly Part<Item>[], item: Item, index: number): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      const piece = part(item, index);
      return typeof piece === 'string' ? Buffer.from(piece) : piece;
    }),
  );
}

const headerVerbs: ReadonlyMap<string, Verb<Header>> = new Map<string, Verb<Header>>([
  ['k', bytes('k', ({ key }) => Buffer.from(key))],
  ['v', bytes('v', ({ value }) => value)],
  ['K', number('K', ({ key }) => Buffer.byteLength(key))],
  ['V', number('V', ({ value }) => value?.length ?? -1)],
  ['%', plain('%', () => '%')],
]);

const recordVerbs: ReadonlyMap<string, Verb<PrintedRecord>> = new Map<string, Verb<PrintedRecord>>([
  ['t', bytes('t', ({ topic }) => Buffer.from(topic))],
  ['p', number('p', ({ partition }) => partition)],
  ['o', number('o', ({ offset }) => offset)],
  ['k', bytes('k', ({ key }) => key)],
  ['v', bytes('v', ({ value }) => value)],
  ['s', bytes('s', ({ value }) => value)],
  ['T', number('T', ({ timestamp }) => timestamp)],
  ['d', time],
  ['h', headersPart],
  ['K', number('K', ({ key }) => key?.length ?? -1)],
  ['V', number('V', ({ value }) => value?.length ?? -1)],
  ['S', number('S', ({ value }) => value?.length ?? -1)],
  ['H', number('H', ({ headers }) => headers.length)],
  ['i', (modifier) => numberPart('i', modifier, (_, index) => index)],
  ['%', plain('%', () => '%')],
]);

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  '0': '\0',
};

function compile<Item>(format: string, verbs: ReadonlyMap<string, Verb<Item>>): Part<Item>[] {
  const parts: Part<Item>[] = [];
  for (let at = 0; at < format.length; ) {
    const character = format[at]!;
    if (character === '%') {
      const letter = format[at + 1] ?? '';
      const verb = verbs.get(letter);
      if (verb === undefined) {
        const known = [...verbs.keys()].map((name) => `%${name}`).join(' ');
        throw new CallError(`the format has no %${letter}; it has ${known}`);
      }
      at += 2;
      const modifier = letter === '%' ? undefined : bracesAt(format, at);
      if (modifier !== undefined) at += modifier.length + 2;
      parts.push(verb(modifier));
    } else if (character === '\\') {
      const [token, hex] = /^\\(?:x([0-9a-fA-F]{2})|.?)/s.exec(format.slice(at))!;
      const piece = hex === undefined ? escapeOf(token) : Buffer.from(hex, 'hex');
      parts.push(() => piece);
      at += token.length;
    } else {
      const [text] = /^[^%\\]+/s.exec(format.slice(at))!;
      parts.push(() => text);
      at += text.length;
    }
  }
  return parts;
}

function escapeOf(token: string): string {
  const letter = token.slice(1);
  return Object.hasOwn(escapes, letter) ? escapes[letter]! : token;
}

/** What stands between braces that begin here, braces inside of it included; undefined where none begin. */
function bracesAt(format: string, at: number): string | undefined {
  if (format[at] !== '{') return undefined;
  let depth = 0;
  for (let end = at; end < format.length; end++) {
    if (format[end] === '{') depth++;
    else if (format[end] === '}' && --depth === 0) return format.slice(at + 1, end);
  }
  throw new CallError(`the format opens a brace that it never closes: ${format.slice(at)}`);
}

function plain<Item>(letter: string, part: Part<Item>): Verb<Item> {
  return (modifier) => {
    if (modifier !== undefined) throw unknownModifier(letter, modifier, 'none');
    return part;
  };
}

function bytes<Item>(letter: string, get: (item: Item) => Buffer | null): Verb<Item> {
  return (modifier) => {
    if (modifier === undefined) return (item) => get(item) ?? '';
    if (modifier !== 'hex' && modifier !== 'base64') {
      throw unknownModifier(letter, modifier, 'hex, base64');
    }
    return (item) => get(item)?.toString(modifier) ?? '';
  };
}

function number<Item>(letter: string, get: (item: Item) => number): Verb<Item> {
  return (modifier) => numberPart(letter, modifier, get);
}

function numberPart<Item>(
  letter: string,
  modifier: Modifier,
  get: (item: Item, index: number) => number,
): Part<Item> {
  if (modifier === undefined || modifier === 'ascii') return (...item) => String(get(...item));
  if (modifier === 'hex') return (...item) => get(...item).toString(16);
  const [, order, bits] = /^(big|little)(8|16|32|64)$/.exec(modifier) ?? [];
  if (bits === undefined) {
    throw unknownModifier(letter, modifier, 'ascii, hex, big16, big32, big64, little32, ...');
  }
  const sizeBytes = Number(bits) / 8;
  return (...item) => {
    const piece = Buffer.alloc(8);
    if (order === 'big') {
      piece.writeBigInt64BE(BigInt(get(...item)));
      return piece.subarray(8 - sizeBytes);
    }
    piece.writeBigInt64LE(BigInt(get(...item)));
    return piece.subarray(0, sizeBytes);
  };
}

function time(modifier: Modifier): Part<PrintedRecord> {
  switch (modifier) {
    case undefined:
    case 'ms':
      return ({ timestamp }) => String(timestamp);
    case 's':
      return ({ timestamp }) => String(Math.floor(timestamp / 1000));
    case 'iso':
      return ({ timestamp }) => isoTime(timestamp);
    default:
      throw unknownModifier('d', modifier, 'ms, s, iso');
  }
}

/** Timestamps are whatever a producer says; those that no calendar knows stay numbers. */
export function isoTime(timestamp: number): string {
  const date = new Date(timestamp);
  return Number.isNaN(date.getTime()) ? String(timestamp) : date.toISOString();
}

function headersPart(modifier: Modifier): Part<PrintedRecord> {
  if (modifier === undefined) {
    return ({ headers }) =>
      headers.map(({ key, value }) => `${key}=${value?.toString() ?? ''}`).join(',');
  }
  const parts = compile(modifier, headerVerbs);
  return ({ headers }) => Buffer.concat(headers.map((header, at) => joined(parts, header, at + 1)));
}

function unknownModifier(letter: string, modifier: string, known: string): CallError {
  return new CallError(`the format knows no %${letter}{${modifier}}; known are: ${known}`);
}
