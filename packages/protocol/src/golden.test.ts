/**
 * Every message at every version, as Apache Kafka's own classes write it (golden/generate.mjs): read, held
 * against Kafka's JSON of the same values, and written again to the same bytes.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { apis } from './apis/index.ts';
import * as messages from './messages/index.ts';
import { Message, type Struct } from './schema/index.ts';

interface Golden {
  readonly message: string;
  readonly version: number;
  readonly bytes: string;
  readonly json: JsonObject;
}
type Json = null | boolean | number | string | readonly Json[] | JsonObject;
interface JsonObject {
  readonly [name: string]: Json;
}

const file = new URL('../golden/messages.jsonl.gz', import.meta.url);
const goldens = gunzipSync(readFileSync(file))
  .toString()
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Golden);
const byMessage = new Map<string, Golden[]>();
for (const golden of goldens) {
  byMessage.set(golden.message, [...(byMessage.get(golden.message) ?? []), golden]);
}

const ours = new Map<string, Message<Struct>>();
for (const { request, response } of Object.values(apis)) {
  for (const m of [request, response]) ours.set(m.name, m);
}
for (const m of Object.values(messages)) {
  if (m instanceof Message) ours.set(m.name, m);
}

/** Kafka's classes of requests, responses and headers end in `Data`. */
function messageOf(javaName: string): Message<Struct> | undefined {
  return ours.get(javaName) ?? ours.get(javaName.replace(/Data$/, ''));
}

/** What was read, in the form of Kafka's JSON, as far as that goes: it has the fields of a version only. */
function asJson(value: unknown, like: Json): Json {
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) {
    return value.map((element, i) => asJson(element, Array.isArray(like) ? like[i]! : null));
  }
  if (value === null || typeof value !== 'object') return value as Json;
  if (like === null || typeof like !== 'object') return 'an object';
  const fields = new Map(Object.entries(value));
  return Object.fromEntries(
    Object.entries(like).map(([name, json]) => {
      // Of records, the JSON only has the size.
      const records = fields.get(name.replace(/SizeInBytes$/, ''));
      const isSize = !fields.has(name) && Buffer.isBuffer(records);
      return [name, isSize ? records.length : asJson(fields.get(name), json)];
    }),
  );
}

describe('messages of Apache Kafka', () => {
  it.each([...byMessage])('%s is read and written at every version', (name, list) => {
    const message = messageOf(name);
    expect(message, `a schema for ${name}`).toBeDefined();
    for (const { version, bytes, json } of list) {
      const golden = Buffer.from(bytes, 'base64');
      const value = message!.decode(golden, version);
      expect(asJson(value, json), `version ${version}`).toEqual(json);
      expect(message!.encode(value, version).toString('hex'), `version ${version}`).toBe(
        golden.toString('hex'),
      );
    }
    const versions = new Set(list.map((golden) => golden.version));
    expect([Math.min(...versions), Math.max(...versions)]).toEqual(message!.versions);
  });

  it('are all the messages that there are', () => {
    const covered = new Set([...byMessage.keys()].map((name) => messageOf(name)?.name));
    expect([...ours.keys()].filter((name) => !covered.has(name))).toEqual([]);
  });
});
