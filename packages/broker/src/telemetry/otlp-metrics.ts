/**
 * Metrics as clients push them (KIP-714): `MetricsData` of OpenTelemetry's protocol, in protocol buffers.
 * Only numbers are read, as gauges and sums: Apache Kafka's clients know no others.
 */
export interface NumberMetric {
  readonly name: string;
  readonly kind: 'gauge' | 'delta' | 'cumulative';
  readonly attributes: ReadonlyMap<string, string>;
  readonly value: number;
}

/** Wire types of protocol buffers. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
const DELTA = 1;

class MalformedError extends Error {}

type Field = { readonly number: number; readonly type: number; readonly bytes: Buffer };

/** The numbers of a push; null where the bytes are no metrics. At most `limit` are kept. */
export function decodeMetrics(bytes: Buffer, limit: number): NumberMetric[] | null {
  try {
    const metrics: NumberMetric[] = [];
    for (const resource of messages(bytes, 1)) {
      for (const scope of messages(resource, 2)) {
        for (const metric of messages(scope, 2)) {
          readMetric(metric, metrics);
          if (metrics.length >= limit) return metrics.slice(0, limit);
        }
      }
    }
    return metrics;
  } catch (error) {
    if (error instanceof MalformedError || error instanceof RangeError) return null;
    throw error;
  }
}

function readMetric(bytes: Buffer, into: NumberMetric[]): void {
  let name = '';
  let points: Buffer | null = null;
  let isSum = false;
  for (const field of fields(bytes)) {
    if (field.number === 1) name = field.bytes.toString();
    if (field.number !== 5 && field.number !== 7) continue;
    points = field.bytes;
    isSum = field.number === 7;
  }
  if (points === null) return;
  let temporality = 0;
  const found: { attributes: Map<string, string>; value: number }[] = [];
  for (const field of fields(points)) {
    if (field.number === 1 && field.type === BYTES) found.push(readPoint(field.bytes));
    if (field.number === 2 && field.type === VARINT) temporality = Number(readVarint(field.bytes));
  }
  const kind = isSum ? (temporality === DELTA ? 'delta' : 'cumulative') : 'gauge';
  for (const point of found) into.push({ name, kind, ...point });
}

function readPoint(bytes: Buffer): { attributes: Map<string, string>; value: number } {
  const attributes = new Map<string, string>();
  let value = 0;
  for (const field of fields(bytes)) {
    if (field.number === 4 && field.type === FIXED64) value = field.bytes.readDoubleLE(0);
    else if (field.number === 6 && field.type === FIXED64) {
      value = Number(field.bytes.readBigInt64LE(0));
    } else if (field.number === 7 && field.type === BYTES) {
      let key = '';
      let text = '';
      for (const part of fields(field.bytes)) {
        if (part.number === 1) key = part.bytes.toString();
        if (part.number === 2) text = readAnyValue(part.bytes);
      }
      attributes.set(key, text);
    }
  }
  return { attributes, value };
}

/** A string, or a number as text; lists and maps are left empty. */
function readAnyValue(bytes: Buffer): string {
  for (const { number, type, bytes: value } of fields(bytes)) {
    if (number === 1 && type === BYTES) return value.toString();
    if (number === 2 && type === VARINT) return String(readVarint(value) !== 0n);
    if (number === 3 && type === VARINT) return String(BigInt.asIntN(64, readVarint(value)));
    if (number === 4 && type === FIXED64) return String(value.readDoubleLE(0));
  }
  return '';
}

function* messages(bytes: Buffer, number: number): Generator<Buffer> {
  for (const field of fields(bytes)) {
    if (field.number === number && field.type === BYTES) yield field.bytes;
  }
}

function* fields(bytes: Buffer): Generator<Field> {
  let at = 0;
  const varint = (): Buffer => {
    const start = at;
    do {
      if (at >= bytes.length || at - start > 9) throw new MalformedError();
    } while (bytes[at++]! >= 0x80);
    return bytes.subarray(start, at);
  };
  const take = (length: number): Buffer => {
    if (length < 0 || length > bytes.length - at) throw new MalformedError();
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(readVarint(varint()));
    const type = tag % 8;
    const number = Math.floor(tag / 8);
    if (type === VARINT) yield { number, type, bytes: varint() };
    else if (type === FIXED64) yield { number, type, bytes: take(8) };
    else if (type === FIXED32) yield { number, type, bytes: take(4) };
    else if (type === BYTES) yield { number, type, bytes: take(Number(readVarint(varint()))) };
    else throw new MalformedError();
  }
}

function readVarint(bytes: Buffer): bigint {
  let value = 0n;
  for (const [i, byte] of bytes.entries()) value |= BigInt(byte & 0x7f) << BigInt(7 * i);
  return value;
}
