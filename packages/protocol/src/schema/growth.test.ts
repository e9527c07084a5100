import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apis } from '../apis/index.ts';
import type { Api } from './api.ts';
import { array, bool, type FieldType, struct, type Struct } from './field.ts';
import { type Message, message } from './message.ts';
import { Reader } from './reader.ts';
import { ZERO_UUID } from './version-view.ts';
import { Writer } from './writer.ts';

/**
 * What one byte of a frame may become: objects, their fields, arrays and their elements. Measured with the
 * collector, the worst of the messages takes 43 bytes of memory for one of its frame.
 */
const CELLS_FOR_BYTE = 2;
/** The message itself, with what its version does not have. */
const CELLS_AT_LEAST = 40;
const ELEMENTS = 50;

type AnyMessage = Message<Struct>;
interface Hostile {
  readonly name: string;
  readonly schema: AnyMessage;
  readonly version: number;
  readonly frame: Buffer;
}

function cellsOf(value: unknown): number {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return 0;
  const parts: unknown[] = Array.isArray(value) ? value : Object.values(value);
  return parts.reduce((sum: number, part) => sum + 1 + cellsOf(part), 1);
}

/** The least that a field can hold; its arrays have `inner` elements. */
function least(type: FieldType, inner: number): unknown {
  switch (type.kind) {
    case 'bool':
      return false;
    case 'bigint64':
      return 0n;
    case 'uuid':
      return ZERO_UUID;
    case 'string':
      return '';
    case 'bytes':
    case 'records':
      return Buffer.alloc(0);
    case 'array':
      return Array.from({ length: inner }, () => least(type.element, inner));
    case 'struct':
      return leastStruct(type.fields, inner, []);
    default:
      return 0;
  }
}

/** The same for a struct, with many elements in the array that the path leads to. */
function leastStruct(fields: Struct, inner: number, [next, ...rest]: readonly string[]): unknown {
  const entries = Object.entries(fields).flatMap(([name, { type, rules }]) => {
    if (name === next) return [[name, many(type, inner, rest)]];
    if (rules.tag >= 0 || rules.default !== undefined) return [];
    return [[name, least(type, inner)]];
  });
  return Object.fromEntries(entries);
}

function many(type: FieldType, inner: number, path: readonly string[]): unknown {
  if (type.kind === 'struct') return leastStruct(type.fields, inner, path);
  if (type.kind !== 'array') throw new Error('paths lead to arrays');
  const { element } = type;
  if (path.length > 0) return [leastStruct((element as { fields: Struct }).fields, inner, path)];
  return Array.from({ length: ELEMENTS }, () => least(element, inner));
}

function* arraysIn(fields: Struct, prefix: readonly string[] = []): Generator<readonly string[]> {
  for (const [name, { type }] of Object.entries(fields)) {
    const path = [...prefix, name];
    if (type.kind === 'struct') yield* arraysIn(type.fields, path);
    if (type.kind !== 'array') continue;
    yield path;
    if (type.element.kind === 'struct') yield* arraysIn(type.element.fields, path);
  }
}

/** Frames that promise the most for the fewest bytes: one for each array of a message. */
function* hostileFrames({ name, request, response, versions }: Api): Generator<Hostile> {
  for (const [kind, schema] of Object.entries({ request, response })) {
    for (const version of new Set(versions)) {
      for (const path of arraysIn(schema.fields)) {
        for (const inner of [0, 1]) {
          const writer = new Writer();
          try {
            schema.write(writer, leastStruct(schema.fields, inner, path) as never, version);
          } catch {
            continue; // a request that this version cannot carry
          }
          const place = `${name} ${kind} ${version}, ${path.join('.')}, ${inner} within`;
          yield { name: place, schema, version, frame: writer.toBuffer() };
        }
      }
    }
  }
}

const bound = (frame: Buffer): number => frame.length * CELLS_FOR_BYTE + CELLS_AT_LEAST;

describe('what is read from a frame', () => {
  const all = (Object.values(apis) as unknown as Api[])
    .map((api) => [...hostileFrames(api)])
    .flat();

  it('grows with its bytes, for each array of each message', () => {
    expect(all.length).toBeGreaterThan(500);
    const tooMuch = all.flatMap(({ name, schema, version, frame }) => {
      const cells = cellsOf(schema.decode(frame, version));
      return cells > bound(frame) ? [`${name}: ${cells} of ${frame.length} bytes`] : [];
    });
    expect(tooMuch).toEqual([]);
  });

  it('grows no more when the frame is damaged', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(fc.constantFrom(...all), damage, ({ schema, version, frame }, changes) => {
        const damaged = Buffer.from(frame);
        for (const [at, byte] of changes) damaged[at % damaged.length] = byte;
        const value = schema.read(new Reader(damaged), version);
        expect(cellsOf(value)).toBeLessThanOrEqual(bound(damaged));
      }),
      { numRuns: 1000 },
    );
  });

  it('has no more than a million structs, however many bytes there are', () => {
    const bits = message({
      name: 'Bits',
      versions: [0, 0],
      flexible: Number.POSITIVE_INFINITY,
      fields: { list: array(struct({ bit: bool })) },
    });
    const read = (count: number): Reader => {
      const frame = Buffer.alloc(4 + count);
      frame.writeInt32BE(count);
      const reader = new Reader(frame);
      bits.read(reader, 0);
      return reader;
    };
    expect(read(1_000_000)).toMatchObject({ failed: false, position: 1_000_004 });
    expect(read(1_000_001).failed).toBe(true);
  });
});
