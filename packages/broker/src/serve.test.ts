import { apis, type FieldType, type Struct } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { READ_IN_PLACE } from './serve.ts';

const typesOf = (fields: Struct): FieldType[] =>
  Object.values(fields).flatMap(({ type }) => [type, ...inside(type)]);

function inside(type: FieldType): FieldType[] {
  if (type.kind === 'array') return [type.element, ...inside(type.element)];
  return type.kind === 'struct' ? typesOf(type.fields) : [];
}

describe('requests that are read in place', () => {
  it('have no bytes that a handler could keep, but those that the log copies', () => {
    for (const name of READ_IN_PLACE) {
      const kinds = typesOf(apis[name].request.fields).map(({ kind }) => kind);
      const bytes = kinds.filter((kind) => kind === 'bytes' || kind === 'records');
      expect(bytes, name).toEqual(name === 'Produce' ? ['records'] : []);
    }
  });
});
