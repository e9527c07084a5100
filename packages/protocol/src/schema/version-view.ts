import type { Field, FieldType, Rules, Struct } from './field.ts';

/** The id of no topic, no directory: sixteen zero bytes. */
export const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA';

/** How one field stands in one version of a message. */
export interface FieldView {
  readonly name: string;
  readonly type: FieldType;
  readonly rules: Rules;
  /** Absent fields read as their default. */
  readonly presence: 'absent' | 'ordinary' | 'tagged';
  readonly nullable: boolean;
  /** Compact lengths instead of fixed ones. */
  readonly compact: boolean;
}

/** The fields of a struct as they stand in one version, in wire order. */
export function viewFields(fields: Struct, version: number, flexible: boolean): FieldView[] {
  return Object.entries(fields).map(([name, field]) => viewField(name, field, version, flexible));
}

function viewField(
  name: string,
  field: Field<unknown, unknown, boolean>,
  version: number,
  flexible: boolean,
): FieldView {
  const { rules, type } = field;
  const here = version >= rules.since && version <= rules.until;
  const tagged = flexible && rules.tag >= 0 && version >= rules.taggedSince;
  return {
    name,
    type,
    rules,
    presence: here ? (tagged ? 'tagged' : 'ordinary') : 'absent',
    nullable: version >= rules.nullableSince,
    compact: flexible && !rules.inflexible,
  };
}

/** The fewest bytes that a value can take: what bounds the length of an array of them. */
export function leastBytes(type: FieldType, version: number, flexible: boolean): number {
  switch (type.kind) {
    case 'bool':
    case 'int8':
      return 1;
    case 'int16':
    case 'uint16':
      return 2;
    case 'int32':
    case 'uint32':
      return 4;
    case 'int64':
    case 'bigint64':
    case 'float64':
      return 8;
    case 'uuid':
      return 16;
    case 'string':
      return flexible ? 1 : 2;
    case 'bytes':
    case 'records':
    case 'array':
      return flexible ? 1 : 4;
    case 'struct': {
      let sum = flexible ? 1 : 0;
      for (const field of viewFields(type.fields, version, flexible)) {
        if (field.presence !== 'ordinary') continue;
        const nullableStruct = field.type.kind === 'struct' && field.nullable;
        sum += nullableStruct ? 1 : leastBytes(field.type, version, field.compact);
      }
      return sum;
    }
  }
}

/** The default of a field as a JavaScript expression: the given one, or the zero of its type. */
export function defaultExpression(type: FieldType, given: unknown): string {
  if (given === null) return 'null';
  if (given !== undefined) {
    if (type.kind === 'array' || type.kind === 'struct' || type.kind === 'bytes') {
      throw new Error(`a field of type ${type.kind} has no default but null`);
    }
    return JSON.stringify(given);
  }
  switch (type.kind) {
    case 'bool':
      return 'false';
    case 'bigint64':
      return '0n';
    case 'string':
      return '""';
    case 'uuid':
      return JSON.stringify(ZERO_UUID);
    case 'bytes':
      return 'EMPTY';
    case 'records':
      return 'null';
    case 'array':
      return '[]';
    case 'struct': {
      const inner = Object.entries(type.fields).map(
        ([name, field]) => `${name}: ${defaultExpression(field.type, field.rules.default)}`,
      );
      return `{ ${inner.join(', ')} }`;
    }
    default:
      return '0';
  }
}
