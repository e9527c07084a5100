import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { rangeAssignor } from './range.ts';
import {
  describer,
  fromPlain,
  type PlainAssignment,
  type PlainGroup,
  specOf,
  toPlain,
} from './script.test-group.ts';
import { uniformAssignor } from './uniform.ts';

interface Case extends PlainGroup {
  readonly uniform: Readonly<Record<string, PlainAssignment>>;
  readonly range: Readonly<Record<string, PlainAssignment>>;
}

/** Random groups, and what the assignors of Apache Kafka 4.3.1 make of them. */
const cases = readFileSync(new URL('kafka.test-cases.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Case);

describe.each([uniformAssignor, rangeAssignor])('the assignor $name', (assignor) => {
  it('assigns as that of Apache Kafka', () => {
    expect(cases.length).toBeGreaterThan(50);
    for (const given of cases) {
      const assigned = assignor.assign(specOf(given), describer(given));
      const expected = given[assignor.name as 'uniform' | 'range'];
      for (const memberId of Object.keys(given.members)) {
        expect(toPlain(assigned.get(memberId))).toEqual(toPlain(fromPlain(expected[memberId]!)));
      }
    }
  });
});
