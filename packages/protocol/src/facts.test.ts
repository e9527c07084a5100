import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { apis } from './apis/index.ts';
import * as messages from './messages/index.ts';
import {
  type Api,
  Field,
  type FieldType,
  INT64_MAX,
  Message,
  type Struct,
} from './schema/index.ts';

/** Kafka's own description of its messages: names, types, versions, tags and defaults. */
interface FieldFacts {
  readonly name: string;
  readonly type: string;
  readonly versions?: string;
  readonly nullableVersions?: string;
  readonly taggedVersions?: string;
  readonly flexibleVersions?: string;
  readonly tag?: number;
  readonly default?: string | number | boolean | null;
  readonly ignorable?: boolean | string;
  readonly fields?: readonly FieldFacts[];
}

interface MessageFacts {
  readonly name: string;
  readonly apiKey?: number;
  readonly validVersions: string;
  readonly flexibleVersions?: string;
  readonly fields: readonly FieldFacts[];
  readonly commonStructs?: readonly {
    readonly name: string;
    readonly fields: readonly FieldFacts[];
  }[];
}

interface Facts {
  readonly apiVersions: readonly {
    readonly key: number;
    readonly name: string;
    readonly versions: string;
    readonly listeners: readonly string[] | null;
    readonly since?: string;
  }[];
  readonly messages: Readonly<Record<string, MessageFacts>>;
}

const facts = JSON.parse(
  readFileSync(new URL('../facts/kafka-4.3-messages.json', import.meta.url), 'utf8'),
) as Facts;

const scalars = new Set([
  'bool',
  'int8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'float64',
  'uuid',
  'string',
  'bytes',
  'records',
]);

/** `3+`, `2-5` or `4` as lowest and highest; none for `none`. */
function range(versions: string | undefined): [number, number] | null {
  if (versions === undefined || versions === 'none') return null;
  if (versions.endsWith('+')) return [Number(versions.slice(0, -1)), Number.POSITIVE_INFINITY];
  const [lowest, highest] = versions.split('-');
  return [Number(lowest), Number(highest ?? lowest)];
}

const camel = (name: string) =>
  /^[A-Z]+$/.test(name) ? name.toLowerCase() : name[0]!.toLowerCase() + name.slice(1);

type Shape = string | Record<string, unknown>;

/** What both sides are brought to: where a field stands at each version, and what it is there. */
class FactShapes {
  readonly #message: MessageFacts;
  readonly #versions: [number, number];

  constructor(message: MessageFacts) {
    this.#message = message;
    this.#versions = range(message.validVersions)!;
  }

  fields(fields: readonly FieldFacts[]): Record<string, unknown> {
    return Object.fromEntries(fields.map((field) => [camel(field.name), this.#field(field)]));
  }

  #field(field: FieldFacts) {
    const [lowest, highest] = this.#versions;
    const versions = range(field.versions ?? field.taggedVersions)!;
    const nullable = range(field.nullableVersions);
    const tagged = range(field.taggedVersions);
    const element = field.type.replace(/^\[\]/, '');
    return {
      type: field.type.startsWith('[]') ? [this.#type(element, field)] : this.#type(element, field),
      since: Math.max(lowest, versions[0]),
      until: Math.min(highest, versions[1]),
      nullableSince:
        nullable === null || element === 'records'
          ? null
          : Math.max(lowest, versions[0], nullable[0]),
      tag: field.tag ?? null,
      taggedSince: tagged === null ? null : Math.max(lowest, versions[0], tagged[0]),
      default: factDefault(field),
      ignorable: field.ignorable === true || field.ignorable === 'true',
      inflexible: field.flexibleVersions === 'none',
    };
  }

  #type(name: string, field: FieldFacts): Shape {
    if (scalars.has(name)) return name;
    const common = this.#message.commonStructs?.find((struct) => struct.name === name);
    return this.fields(field.fields ?? common!.fields);
  }
}

/** Kafka takes only the string 'null' for a null default; a JSON null is the zero of the type. */
function factDefault({ type, default: given }: FieldFacts): unknown {
  if (given === 'null') return type === 'records' ? undefined : null;
  if (given === undefined || given === null) return zeroOf(type);
  if (type === 'bool') return String(given) === 'true';
  if (type === 'string') return given;
  const number = Number(given);
  return number >= Number.MAX_SAFE_INTEGER ? INT64_MAX : number;
}

function zeroOf(type: string): unknown {
  if (type === 'bool') return false;
  if (type === 'string') return '';
  return /^(u|big)?int|^float/.test(type) ? 0 : undefined;
}

function schemaShape(fields: Struct, versions: readonly [number, number]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const { type, rules } = field;
      const since = Math.max(versions[0], rules.since);
      const atLeast = (version: number) =>
        Number.isFinite(version) ? Math.max(since, version) : null;
      return [
        name,
        {
          type: schemaType(type, versions),
          since,
          until: Math.min(versions[1], rules.until),
          nullableSince: atLeast(rules.nullableSince),
          tag: rules.tag < 0 ? null : rules.tag,
          taggedSince: rules.tag < 0 ? null : atLeast(rules.taggedSince),
          default: rules.default === undefined ? zeroOf(type.kind) : rules.default,
          ignorable: rules.ignorable,
          inflexible: rules.inflexible,
        },
      ];
    }),
  );
}

function schemaType(type: FieldType, versions: readonly [number, number]): unknown {
  if (type.kind === 'array') return [schemaType(type.element, versions)];
  if (type.kind === 'bigint64') return 'int64';
  return type.kind === 'struct' ? schemaShape(type.fields, versions) : type.kind;
}

/** Compares one schema with the facts of a message. */
function compare(schema: Message<Struct>, message: MessageFacts): void {
  expect(schema.versions).toEqual(range(message.validVersions));
  const flexible = range(message.flexibleVersions)?.[0] ?? Number.POSITIVE_INFINITY;
  const never = Number.POSITIVE_INFINITY;
  expect(Math.min(schema.flexible, never)).toBe(flexible);
  expect(schemaShape(schema.fields, schema.versions)).toEqual(
    new FactShapes(message).fields(message.fields),
  );
}

describe('APIs against the facts of Kafka 4.3', () => {
  const of43 = facts.apiVersions.filter(
    ({ versions, since }) => versions !== 'none' && since !== '4.4',
  );

  it('has all of them and no other', () => {
    expect(Object.keys(apis)).toEqual(of43.map(({ name }) => name));
  });

  it.each(of43)('$name', ({ key, name, listeners }) => {
    const api: Api = (apis as Record<string, Api>)[name]!;
    expect([api.key, api.name, [...api.listeners]]).toEqual([key, name, listeners]);
    compare(api.request, facts.messages[`rpc/${name}Request`]!);
    compare(api.response, facts.messages[`rpc/${name}Response`]!);
  });
});

describe('other messages against the facts of Kafka 4.3', () => {
  const schemas = new Map(
    Object.values(messages)
      .filter((value) => value instanceof Message)
      .map((message) => [message.name, message as Message<Struct>]),
  );
  const others = Object.entries(facts.messages).filter(
    ([path]) => !/(Request|Response)$/.test(path),
  );

  it.each(others.map(([path, message]) => ({ path, message })))('$path', ({ message }) => {
    // The class is called so; the record's name on the wire is longer.
    const name = message.name === 'ZkMigrationStateRecord' ? 'ZkMigrationRecord' : message.name;
    const schema = schemas.get(message.name) ?? schemas.get(name);
    expect(schema, message.name).toBeDefined();
    compare(schema!, message);
  });

  it('has no schema without facts', () => {
    const known = new Set(others.map(([, { name }]) => name));
    expect([...schemas.keys()].filter((name) => !known.has(name))).toEqual([]);
  });
});

it('tells fields from structs', () => {
  expect(apis.Fetch.request.fields.topics).toBeInstanceOf(Field);
});
