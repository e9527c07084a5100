import { isUtf8 } from 'node:buffer';
import type { ProducerMessage } from '@tidelog/client';
import { CommandError } from '../command-error.ts';
import type { PrintedRecord } from './record.ts';

/** Bytes as text where they are UTF-8, else under a name that says how they are written; null is null. */
export type JsonBytes = string | null | { readonly base64: string };

export function jsonBytes(bytes: Buffer | null): JsonBytes {
  if (bytes === null) return null;
  return isUtf8(bytes) ? bytes.toString() : { base64: bytes.toString('base64') };
}

/** A record as plain data. */
export function jsonRecord({
  topic,
  partition,
  offset,
  timestamp,
  key,
  value,
  headers,
}: PrintedRecord) {
  return {
    topic,
    partition,
    offset,
    timestamp,
    key: jsonBytes(key),
    value: jsonBytes(value),
    headers: headers.map((header) => ({ key: header.key, value: jsonBytes(header.value) })),
  };
}

/** A line that `parseJsonLine` reads as the same record. */
export function jsonLine(record: PrintedRecord): Buffer {
  return Buffer.from(`${JSON.stringify(jsonRecord(record))}\n`);
}

/**
 * What `consume -o json` printed as a message to produce. `value` has to be there (null is a tombstone); a
 * value that is neither text nor base64 is taken as JSON, so that `{"value":{"id":1}}` may be written by
 * hand. `offset` is passed over.
 */
export function parseJsonLine(text: string): Omit<ProducerMessage, 'topic'> & { topic?: string } {
  const line = asObject(text);
  if (line.value === undefined) throw new CommandError('it has no "value"; null is a tombstone');
  const { topic, partition, timestamp, headers = [] } = line;
  if (topic !== undefined && typeof topic !== 'string') throw new CommandError('"topic" is a text');
  if (!Array.isArray(headers)) throw new CommandError('"headers" is a list of {"key","value"}');
  return {
    ...(topic !== undefined && { topic }),
    key: bytesOf(line.key ?? null, '"key"'),
    value: bytesOf(line.value, '"value"'),
    partition: wholeNumberOf(partition, '"partition"'),
    timestamp: timestamp === -1 ? undefined : wholeNumberOf(timestamp, '"timestamp"'),
    headers: headers.map((header: { key?: unknown; value?: unknown } | null) => {
      const key = header?.key;
      if (typeof key !== 'string') throw new CommandError('a header has no "key"');
      return { key, value: bytesOf(header?.value ?? null, `header "${key}"`) };
    }),
  };
}

function asObject(text: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new CommandError('it is no JSON');
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) {
    throw new CommandError('it is no JSON object');
  }
  return parsed as Record<string, unknown>;
}

function wholeNumberOf(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new CommandError(`${name} is a whole number`);
}

function bytesOf(value: unknown, name: string): Buffer | null {
  if (value === null) return null;
  if (typeof value === 'string') return Buffer.from(value);
  const { base64, ...rest } = value as { base64?: unknown };
  if (typeof base64 !== 'string' || Object.keys(rest).length > 0) {
    return Buffer.from(JSON.stringify(value));
  }
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64').replace(/=+$/, '') !== base64.replace(/=+$/, '')) {
    throw new CommandError(`${name} is no base64`);
  }
  return bytes;
}
