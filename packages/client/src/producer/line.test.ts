import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Line } from './line.ts';

describe('a line', () => {
  it('is first in, first out, whatever comes and goes', () => {
    const action = fc.oneof(fc.nat(), fc.constantFrom('shift' as const, 'drain' as const));
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
        const line = new Line<number>();
        const model: number[] = [];
        const seen: unknown[] = [];
        const expected: unknown[] = [];
        for (const does of actions) {
          if (typeof does === 'number') {
            line.push(does);
            model.push(does);
          }
          if (does === 'shift') {
            seen.push(line.shift());
            expected.push(model.shift());
          }
          if (does === 'drain') {
            seen.push(line.drain());
            expected.push(model.splice(0));
          }
          seen.push(line.length, line.first);
          expected.push(model.length, model[0]);
        }
        expect(seen).toEqual(expected);
      }),
    );
  });
});
