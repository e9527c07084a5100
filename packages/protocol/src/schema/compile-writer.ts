import type { FieldType, Struct } from './field.ts';
import { defaultExpression, type FieldView, viewFields, ZERO_UUID } from './version-view.ts';
import { Writer } from './writer.ts';

export type WriteFunction = (writer: Writer, value: unknown) => void;
/** With what refuses a field that the version cannot carry, and an empty buffer. */
export type MakeWriter = (
  writer: typeof Writer,
  unsupported: (field: string) => never,
  empty: Buffer,
) => WriteFunction;

/** A value that the version cannot carry and that may not be dropped. */
export class UnsupportedFieldError extends Error {
  constructor(field: string, version: number) {
    super(`field ${field} cannot be written at version ${version}`);
    this.name = 'UnsupportedFieldError';
  }
}

export interface WriterOptions {
  readonly version: number;
  readonly flexible: boolean;
  /** Drop what the version cannot carry instead of refusing it. */
  readonly lenient: boolean;
}

/** Compiles the writer of a struct at one version; see compileReader. */
export function compileWriter(fields: Struct, options: WriterOptions): WriteFunction {
  const source = writerSource(fields, options);
  // oxlint-disable-next-line no-implied-eval -- made from our own schema only
  const make = new Function('Writer', 'unsupported', 'EMPTY', source) as MakeWriter;
  return makeWriter(make, options.version);
}

/** The body of a MakeWriter whose parameters are Writer, unsupported and EMPTY. */
export function writerSource(fields: Struct, options: WriterOptions): string {
  const emitter = new WriterEmitter(options);
  const main = emitter.struct(fields);
  return `"use strict";\n${emitter.source.join('\n')}\nreturn ${main};`;
}

export function makeWriter(make: MakeWriter, version: number): WriteFunction {
  const unsupported = (field: string): never => {
    throw new UnsupportedFieldError(field, version);
  };
  return make(Writer, unsupported, Buffer.alloc(0));
}

class WriterEmitter {
  readonly source: string[] = [];
  readonly #version: number;
  readonly #flexible: boolean;
  readonly #lenient: boolean;
  #names = 0;

  constructor({ version, flexible, lenient }: WriterOptions) {
    this.#version = version;
    this.#flexible = flexible;
    this.#lenient = lenient;
  }

  struct(fields: Struct): string {
    const name = `write${this.#names++}`;
    const view = viewFields(fields, this.#version, this.#flexible);
    const lines = [`function ${name}(w, v) {`];
    for (const field of view) {
      if (field.presence === 'ordinary') lines.push(...this.#ordinary(field));
      else if (field.presence === 'absent' && !field.rules.ignorable && !this.#lenient) {
        const set = `v.${field.name} !== undefined && ${this.#differs(field, `v.${field.name}`)}`;
        lines.push(`  if (${set}) unsupported(${JSON.stringify(field.name)});`);
      }
    }
    if (this.#flexible) lines.push(...this.#tags(view));
    lines.push('}');
    this.source.push(lines.join('\n'));
    return name;
  }

  #ordinary(field: FieldView): string[] {
    const local = `_${field.name}`;
    const fallback = defaultExpression(field.type, field.rules.default);
    return [
      `  let ${local} = v.${field.name};`,
      `  if (${local} === undefined) ${local} = ${fallback};`,
      `  ${this.#value(field.type, local, field.nullable, field.compact)}`,
    ];
  }

  #tags(view: readonly FieldView[]): string[] {
    const tagged = view
      .filter((field) => field.presence === 'tagged')
      .toSorted((a, b) => a.rules.tag - b.rules.tag);
    if (tagged.length === 0) return ['  w.uvarint(0);'];
    const set = (field: FieldView) => `set${field.rules.tag}`;
    return [
      ...tagged.map(
        (field) =>
          `  const ${set(field)} = v.${field.name} !== undefined && ${this.#differs(field, `v.${field.name}`)};`,
      ),
      `  w.uvarint(${tagged.map((field) => `(${set(field)} ? 1 : 0)`).join(' + ')});`,
      ...tagged.map((field) => {
        const write = this.#tagValue(field);
        const inner = `{ const w = new Writer(64); ${write} outer.tag(${field.rules.tag}, w); }`;
        return `  if (${set(field)}) { const outer = w; ${inner} }`;
      }),
    ];
  }

  /** In a tag, a nullable struct begins with an unsigned varint, 0 for null; elsewhere with an int8. */
  #tagValue({ name, type, nullable, compact }: FieldView): string {
    const value = `v.${name}`;
    if (type.kind !== 'struct' || !nullable) return this.#value(type, value, nullable, compact);
    const write = this.#value(type, value, false, compact);
    return `if (${value} === null) w.uvarint(0); else { w.uvarint(1); ${write} }`;
  }

  /** An expression: does the value differ from the field's default? */
  #differs(field: FieldView, value: string): string {
    const { type } = field;
    const given = field.rules.default;
    if (given === null || type.kind === 'records') return `${value} !== null`;
    switch (type.kind) {
      case 'array':
      case 'bytes':
        return `(${value} === null || ${value}.length !== 0)`;
      case 'struct':
        return `(${value} === null || ${this.#structDiffers(type.fields)}(${value}))`;
      default:
        return `${value} !== ${defaultExpression(type, given)}`;
    }
  }

  #structDiffers(fields: Struct): string {
    const name = `differs${this.#names++}`;
    const tests = viewFields(fields, this.#version, this.#flexible).map(
      (field) => `(v.${field.name} !== undefined && ${this.#differs(field, `v.${field.name}`)})`,
    );
    this.source.push(`function ${name}(v) { return ${tests.join(' || ') || 'false'}; }`);
    return name;
  }

  /** A statement that writes one value. */
  #value(type: FieldType, value: string, nullable: boolean, compact: boolean): string {
    const orNull = (absent: string, write: string) =>
      nullable || type.kind === 'records'
        ? `if (${value} === null) ${absent} else { ${write} }`
        : write;
    switch (type.kind) {
      case 'string':
        return compact
          ? orNull('w.uvarint(0);', `w.compactString(${value});`)
          : orNull('w.int16(-1);', `w.string(${value});`);
      case 'bytes':
      case 'records': {
        const method = type.kind === 'bytes' ? 'Bytes' : 'Records';
        return compact
          ? orNull('w.uvarint(0);', `w.compact${method}(${value});`)
          : orNull('w.int32(-1);', `w.${type.kind}(${value});`);
      }
      case 'array':
        return this.#array(type.element, value, { compact, orNull });
      case 'struct': {
        const write = `${this.struct(type.fields)}(w, ${value});`;
        return nullable ? `if (${value} === null) w.int8(-1); else { w.int8(1); ${write} }` : write;
      }
      case 'uuid':
        return `w.uuid(${value} === "" ? ${JSON.stringify(ZERO_UUID)} : ${value});`;
      default:
        return `w.${type.kind}(${value});`;
    }
  }

  #array(
    element: FieldType,
    value: string,
    form: { compact: boolean; orNull: (absent: string, write: string) => string },
  ): string {
    const item = `e${this.#names++}`;
    const each = `for (const ${item} of ${value}) { ${this.#value(element, item, false, form.compact)} }`;
    return form.compact
      ? form.orNull('w.uvarint(0);', `w.uvarint(${value}.length + 1); ${each}`)
      : form.orNull('w.int32(-1);', `w.int32(${value}.length); ${each}`);
  }
}
