import type { ConsumedMessage } from '@tidelog/client';
import { CommandError } from '../command-error.ts';

type Part = (message: ConsumedMessage) => Uint8Array | string;

const fields: Readonly<Record<string, Part>> = {
  t: ({ topic }) => topic,
  p: ({ partition }) => String(partition),
  o: ({ offset }) => String(offset),
  k: ({ key }) => key ?? '',
  v: ({ value }) => value ?? '',
  T: ({ timestamp }) => String(timestamp),
  h: ({ headers }) =>
    headers.map(({ key, value }) => `${key}=${value?.toString() ?? ''}`).join(','),
  '%': () => '%',
};

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  '0': '\0',
};

/**
 * Compiles a format: `%t` topic, `%p` partition, `%o` offset, `%k` key, `%v` value, `%T` timestamp (ms),
 * `%h` headers, `%%` a percent sign; `\n`, `\t`, `\r`, `\0`, `\\`.
 */
export function compileFormat(format: string): (message: ConsumedMessage) => Buffer {
  const parts: Part[] = [];
  for (const [token] of format.matchAll(/%.?|\\.?|[^%\\]+/gs)) {
    parts.push(partOf(token));
  }
  return (message) =>
    Buffer.concat(
      parts.map((part) => {
        const piece = part(message);
        return typeof piece === 'string' ? Buffer.from(piece) : piece;
      }),
    );
}

function partOf(token: string): Part {
  const letter = token.slice(1);
  if (token.startsWith('%')) {
    const field = Object.hasOwn(fields, letter) ? fields[letter] : undefined;
    if (field === undefined) {
      throw new CommandError(`the format has no ${token}; it has %t %p %o %k %v %T %h and %%`);
    }
    return field;
  }
  const text = token.startsWith('\\') && Object.hasOwn(escapes, letter) ? escapes[letter]! : token;
  return () => text;
}

/** One line of JSON; keys and values as UTF-8 text, null where there is none. */
export function jsonLine(message: ConsumedMessage): Buffer {
  const { topic, partition, offset, timestamp, key, value, headers } = message;
  const line = {
    topic,
    partition,
    offset,
    timestamp,
    key: key?.toString() ?? null,
    value: value?.toString() ?? null,
    headers: headers.map((header) => ({
      key: header.key,
      value: header.value?.toString() ?? null,
    })),
  };
  return Buffer.from(`${JSON.stringify(line)}\n`);
}
