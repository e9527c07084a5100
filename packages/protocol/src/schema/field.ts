/**
 * The schema language: every message of Kafka is one declarative object for all its versions.
 *
 * A struct is an object of fields in wire order. A field is a type with rules (`.since(3)`,
 * `.nullable()`, `.tagged(0)`, ...); both TypeScript types of a message, what a reader returns and
 * what a writer takes, are inferred from it. The vocabulary is that of Kafka's message
 * definitions, so that a test can hold each schema against the facts of the release.
 */
import type { Chunk } from './writer.ts';

/** Where and how a field stands on the wire. Versions are inclusive. */
export interface Rules {
  readonly since: number;
  readonly until: number;
  /** First version in which null is allowed; Infinity when never. */
  readonly nullableSince: number;
  /** The tag of a tagged field (KIP-482), from `taggedSince` on; -1 for an ordinary one. */
  readonly tag: number;
  readonly taggedSince: number;
  /** Undefined: the zero of the type. */
  readonly default: unknown;
  /** A value that a version cannot carry is dropped; otherwise writing it is an error. */
  readonly ignorable: boolean;
  /** Never in the compact encoding, whatever the version (the client id of a request header). */
  readonly inflexible: boolean;
}

export type Scalar =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'bigint64'
  | 'float64'
  | 'uuid'
  | 'string'
  | 'bytes'
  | 'records';

export type FieldType =
  | { readonly kind: Scalar }
  | { readonly kind: 'array'; readonly element: FieldType }
  | { readonly kind: 'struct'; readonly fields: Struct };

/** The fields of a struct in wire order. */
export interface Struct {
  readonly [name: string]: Field<unknown, unknown, boolean>;
}

const ordinary: Rules = {
  since: 0,
  until: Number.POSITIVE_INFINITY,
  nullableSince: Number.POSITIVE_INFINITY,
  tag: -1,
  taggedSince: Number.POSITIVE_INFINITY,
  default: undefined,
  ignorable: false,
  inflexible: false,
};

/**
 * One field: `Read` is what a reader gives at every version, `Write` what a writer takes, and
 * `Optional` tells whether the writer may be left to fill in the default.
 */
export class Field<Read, Write = Read, Optional extends boolean = false> {
  declare readonly read: Read;
  declare readonly write: Write;
  declare readonly optional: Optional;
  readonly type: FieldType;
  readonly rules: Rules;

  constructor(type: FieldType, rules: Rules = ordinary) {
    this.type = type;
    this.rules = rules;
  }

  /** The first version that has the field; before it, readers give the default. */
  since(version: number): Field<Read, Write, true> {
    return new Field(this.type, { ...this.rules, since: version });
  }

  /** The last version that has the field. */
  until(version: number): Field<Read, Write, true> {
    return new Field(this.type, { ...this.rules, until: version });
  }

  nullable(since = 0): Field<Read | null, Write | null, Optional> {
    return new Field(this.type, { ...this.rules, nullableSince: since });
  }

  default(value: Write): Field<Read, Write, true> {
    return new Field(this.type, { ...this.rules, default: value });
  }

  tagged(tag: number, since = 0): Field<Read, Write, true> {
    return new Field(this.type, { ...this.rules, tag, taggedSince: since });
  }

  ignorable(): Field<Read, Write, Optional> {
    return new Field(this.type, { ...this.rules, ignorable: true });
  }

  inflexible(): Field<Read, Write, Optional> {
    return new Field(this.type, { ...this.rules, inflexible: true });
  }
}

/** What a reader returns for a struct: one shape at every version. */
export type ReadOf<S extends Struct> = { -readonly [K in keyof S]: S[K]['read'] };

type OptionalKeys<S extends Struct> = {
  [K in keyof S]: S[K]['optional'] extends true ? K : never;
}[keyof S];

/** What a writer takes for a struct: fields with a default may be left out. */
export type WriteOf<S extends Struct> = {
  readonly [K in Exclude<keyof S, OptionalKeys<S>>]: S[K]['write'];
} & { readonly [K in OptionalKeys<S>]?: S[K]['write'] | undefined };

const scalar = <T>(kind: Scalar): Field<T> => new Field<T>({ kind });

export const bool = scalar<boolean>('bool');
export const int8 = scalar<number>('int8');
export const int16 = scalar<number>('int16');
export const uint16 = scalar<number>('uint16');
export const int32 = scalar<number>('int32');
export const uint32 = scalar<number>('uint32');
/**
 * A number: exact up to 2^53. The extremes of the wire (Long.MAX_VALUE, Long.MIN_VALUE) read as
 * 2^63 and -2^63 and are written back as what they were; other values beyond 2^53 are rounded.
 */
export const int64 = scalar<number>('int64');
/** An int64 whose every bit counts (a hash). */
export const bigint64 = scalar<bigint>('bigint64');
export const float64 = scalar<number>('float64');
/** 16 bytes, as Kafka prints them: URL-safe base64 without padding, 22 characters. */
export const uuid = scalar<string>('uuid');
export const string = scalar<string>('string');
/** Read as a slice of the frame, not a copy. */
export const bytes: Field<Buffer, Uint8Array> = new Field({ kind: 'bytes' });
/**
 * Record batches: read as a slice of the frame, written without a copy, and possibly in several
 * pieces (a fetch answers from more than one segment), which may be unread.
 */
export const records: Field<Buffer | null, Uint8Array | readonly Chunk[] | null> = new Field({
  kind: 'records',
});

export function struct<S extends Struct>(fields: S): Field<ReadOf<S>, WriteOf<S>> {
  return new Field({ kind: 'struct', fields });
}

type ElementRead<E> =
  E extends Field<infer R, unknown, boolean> ? R : E extends Struct ? ReadOf<E> : never;
type ElementWrite<E> =
  E extends Field<unknown, infer W, boolean> ? W : E extends Struct ? WriteOf<E> : never;

/** An array of scalars (`array(int32)`) or of structs (`array({ name: string })`). */
export function array<E extends Field<unknown, unknown, boolean> | Struct>(
  element: E,
): Field<ElementRead<E>[], readonly ElementWrite<E>[]> {
  const type: FieldType =
    element instanceof Field ? element.type : { kind: 'struct', fields: element };
  return new Field({ kind: 'array', element: type });
}
