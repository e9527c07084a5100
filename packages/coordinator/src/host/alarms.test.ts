import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Alarm, Alarms } from './alarms.ts';

const off = (): Alarm => ({ deadlineMs: Infinity, queuedMs: Infinity });

describe('alarms', () => {
  it('go off in the order of their deadlines, once', () => {
    const alarms = new Alarms<Alarm>();
    const [a, b] = [off(), off()];
    alarms.set(a, 20);
    alarms.set(b, 10);
    expect(alarms.next()).toBe(10);
    expect(alarms.due(9)).toBeUndefined();
    expect([alarms.due(20), alarms.due(20), alarms.due(20)]).toEqual([b, a, undefined]);
    expect(alarms.next()).toBe(Infinity);
  });

  it('follow deadlines that are put off, brought forward and cancelled, like a plain list', () => {
    const step = fc.record({
      which: fc.nat(4),
      kind: fc.constantFrom('set', 'set', 'cancel', 'pass'),
      ms: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const alarms = new Alarms<Alarm>();
        const all = Array.from({ length: 5 }, off);
        const expected = all.map(() => Infinity);
        const fired: number[][] = [];
        const due: number[][] = [];
        let nowMs = 0;
        let late = 0;
        for (const { which, kind, ms } of steps) {
          if (kind === 'set') alarms.set(all[which]!, (expected[which] = nowMs + ms));
          else if (kind === 'cancel') {
            alarms.cancel(all[which]!);
            expected[which] = Infinity;
          } else {
            nowMs += ms;
            fired.push(takeDue(alarms, all, nowMs));
            due.push(expected.flatMap((deadline, i) => (deadline <= nowMs ? [i] : [])));
            for (const i of due.at(-1)!) expected[i] = Infinity;
          }
          if (alarms.next() > Math.min(...expected)) late++;
        }
        expect(fired).toEqual(due);
        expect(late).toBe(0);
      }),
    );
  });
});

function takeDue(alarms: Alarms<Alarm>, all: readonly Alarm[], nowMs: number): number[] {
  const taken: number[] = [];
  for (let alarm = alarms.due(nowMs); alarm; alarm = alarms.due(nowMs)) {
    taken.push(all.indexOf(alarm));
  }
  return taken.toSorted((a, b) => a - b);
}
