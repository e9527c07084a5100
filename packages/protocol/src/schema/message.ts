import { compileReader, type ReadFunction } from './compile-reader.ts';
import { compileWriter, makeWriter, type WriteFunction } from './compile-writer.ts';
import type { ReadOf, Struct, WriteOf } from './field.ts';
import { madeReaders, madeWriters } from './made-codecs.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

/** Bytes that are not a message of the expected kind. */
export class MalformedMessageError extends Error {
  constructor(name: string, version: number) {
    super(`malformed ${name} at version ${version}`);
    this.name = 'MalformedMessageError';
  }
}

export interface MessageOptions<S extends Struct> {
  readonly name: string;
  /** Lowest and highest version. */
  readonly versions: readonly [number, number];
  /** First version with compact lengths and tagged fields (KIP-482); Infinity when none has. */
  readonly flexible: number;
  readonly fields: S;
  /**
   * What a version cannot carry is dropped, as fits a response, whose reader does not know what it
   * misses; by default it is an error, because a request would mean something else without it.
   */
  readonly lenient?: boolean;
}

/** A message in all its versions; readers and writers are compiled at their first use. */
export class Message<S extends Struct> {
  readonly name: string;
  readonly versions: readonly [number, number];
  readonly flexible: number;
  readonly fields: S;
  readonly #lenient: boolean;
  readonly #readers: ReadFunction[] = [];
  readonly #writers: WriteFunction[] = [];

  constructor(options: MessageOptions<S>) {
    this.name = options.name;
    this.versions = options.versions;
    this.flexible = options.flexible;
    this.fields = options.fields;
    this.#lenient = options.lenient ?? false;
  }

  isFlexible(version: number): boolean {
    return version >= this.flexible;
  }

  /** Reads from where the reader stands; after bad bytes `reader.failed` is true. */
  read(reader: Reader, version: number): ReadOf<S> {
    const read = (this.#readers[version] ??= this.#reader(version));
    return read(reader) as ReadOf<S>;
  }

  write(writer: Writer, value: WriteOf<S>, version: number): void {
    const write = (this.#writers[version] ??= this.#writer(version));
    write(writer, value);
  }

  /** Reads a whole buffer. Throws MalformedMessageError when the bytes are bad or bytes are left. */
  decode(buffer: Buffer, version: number): ReadOf<S> {
    const reader = new Reader(buffer);
    const value = this.read(reader, version);
    if (reader.failed || reader.remaining() > 0)
      throw new MalformedMessageError(this.name, version);
    return value;
  }

  encode(value: WriteOf<S>, version: number): Buffer {
    const writer = new Writer();
    this.write(writer, value, version);
    return writer.toBuffer();
  }

  #reader(version: number): ReadFunction {
    const make = madeReaders.get(`${this.name} ${version}`);
    if (make !== undefined) return make(Buffer.alloc(0));
    return compileReader(this.fields, this.#checked(version), this.isFlexible(version));
  }

  #writer(version: number): WriteFunction {
    const make = madeWriters.get(`${this.name} ${version}`);
    if (make !== undefined) return makeWriter(make, version);
    return compileWriter(this.fields, {
      version: this.#checked(version),
      flexible: this.isFlexible(version),
      lenient: this.#lenient,
    });
  }

  #checked(version: number): number {
    const [lowest, highest] = this.versions;
    if (!Number.isInteger(version) || version < lowest || version > highest) {
      throw new RangeError(`${this.name} has no version ${version} (${lowest} to ${highest})`);
    }
    return version;
  }
}

export function message<S extends Struct>(options: MessageOptions<S>): Message<S> {
  return new Message(options);
}

/** What reading a message gives. */
export type Decoded<M> = M extends Message<infer S> ? ReadOf<S> : never;
/** What writing a message takes. */
export type Encodable<M> = M extends Message<infer S> ? WriteOf<S> : never;
