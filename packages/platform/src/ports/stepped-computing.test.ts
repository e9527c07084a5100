import { expect, it } from 'vitest';
import { NodeClock } from '../node/clock.ts';
import { ComputingError, type ComputingTask } from './computing.ts';
import { SteppedComputing } from './stepped-computing.ts';

const doubled: ComputingTask<number, string> = {
  compute({ bytes, note }) {
    if (note < 0) throw new RangeError('negative');
    return { bytes: bytes.map((byte) => byte * note), note: `times ${note}` };
  },
  entries: [],
};

const clock = new NodeClock();

it('takes the bytes away, and gives what was computed in a turn of its own', async () => {
  const pool = new SteppedComputing(clock).pool(doubled);
  const bytes = Uint8Array.of(1, 2);
  const result = pool.run({ bytes, note: 3 });
  expect(bytes.length).toBe(0);
  expect(await result).toEqual({ bytes: Uint8Array.of(3, 6), note: 'times 3' });
});

it('ends in the order of the durations', async () => {
  const durations = [30, 1];
  const pool = new SteppedComputing(clock, () => durations.shift()!).pool(doubled);
  const ended: number[] = [];
  const run = async (note: number) => {
    await pool.run({ bytes: new Uint8Array(1), note });
    ended.push(note);
  };
  await Promise.all([run(1), run(2)]);
  expect(ended).toEqual([2, 1]);
});

it('rejects what throws, and what is under way or comes when it is closed', async () => {
  const pool = new SteppedComputing(clock).pool(doubled);
  const parcel = (note: number) => ({ bytes: new Uint8Array(1), note });
  await expect(pool.run(parcel(-1))).rejects.toThrow(RangeError);
  const underWay = pool.run(parcel(1)).catch((error: Error) => error);
  await pool.close();
  expect(await underWay).toBeInstanceOf(ComputingError);
  await expect(pool.run(parcel(1))).rejects.toThrow(ComputingError);
});
