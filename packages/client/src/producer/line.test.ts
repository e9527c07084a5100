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
        for (const does of actions) {
          if (typeof does === 'number') {
            line.push(does);
            model.push(does);
          } else if (does === 'shift') expect(line.shift()).toBe(model.shift());
          else expect(line.drain()).toEqual(model.splice(0));
          expect([line.length, line.first]).toEqual([model.length, model[0]]);
        }
      }),
    );
  });
});
