import type { Clock, Timer } from '@tidelog/platform';
import { beforeEach, expect, it } from 'vitest';
import { PacedWork } from './paced-work.ts';

let turns: (() => void)[];
let done: string[];
let work: PacedWork<string>;

const clock: Pick<Clock, 'setTimer'> = {
  setTimer(_, fire): Timer {
    turns.push(fire);
    return { cancel: () => (turns = turns.filter((turn) => turn !== fire)) };
  },
};

beforeEach(() => {
  turns = [];
  done = [];
  work = new PacedWork({
    clock: clock as Clock,
    partsInTurn: 2,
    work: (part) => done.push(part),
  });
  for (const name of 'abcdefgh') work.add(name, name);
});

const nextTurn = (): void => turns.shift()!();

it('does so many parts in a turn, in order, until nothing is left', () => {
  work.goOn();
  work.goOn();
  expect(done.join('')).toBe('ab');
  nextTurn();
  expect(done.join('')).toBe('abcd');
  nextTurn();
  nextTurn();
  expect(done.join('')).toBe('abcdefgh');
  nextTurn();
  expect(turns).toEqual([]);
});

it('does first what somebody waits for, as long as the turn has room', () => {
  work.goOn();
  expect([work.prefer('g'), work.prefer('f'), work.prefer('h')]).toEqual([true, true, false]);
  expect([work.has('g'), work.has('h')]).toEqual([false, true]);
  nextTurn();
  expect(done.join('')).toBe('abgfcd');
});

it('has room again in the next turn, also when nothing was left in this one', () => {
  for (const name of 'cdefgh') work.remove(name);
  work.goOn();
  work.add('i', 'i');
  work.goOn();
  expect(done.join('')).toBe('ab');
  nextTurn();
  expect(done.join('')).toBe('abi');
});

it('leaves out what was removed, and does the rest at once when it is to finish', () => {
  work.goOn();
  work.remove('d');
  work.add('e', 'E');
  work.finish();
  expect(done.join('')).toBe('abcEfgh');
  for (const name of 'ijk') work.add(name, name);
  work.goOn();
  expect(done.join('')).toBe('abcEfghijk');
  expect(turns).toEqual([]);
});
