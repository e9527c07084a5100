import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { ComputingError, type ComputingPool, type ComputingTask } from '../ports/computing.ts';
import { NodeComputing } from './computing.ts';

/** Adds the bytes up; the note may tell it to throw or to die. */
const program = `
  import { serveComputing } from ${JSON.stringify(new URL('../../dist/node/computing.js', import.meta.url).href)};
  import { threadId } from 'node:worker_threads';
  serveComputing({
    compute({ bytes, note }) {
      if (note === 'throw') throw new RangeError('no');
      if (note === 'die') process.exit(3);
      const sum = bytes.reduce((a, b) => a + b, 0);
      return { bytes: Uint8Array.of(sum), note: threadId };
    },
  });
`;

let directory: string;
let task: ComputingTask<string, number>;
let pool: ComputingPool<string, number>;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tidelog-computing-'));
  const file = join(directory, 'program.mjs');
  writeFileSync(file, program);
  const compute = () => {
    throw new Error('is computed in a thread');
  };
  task = { compute, entries: [new URL('file:///not/there.mjs'), pathToFileURL(file)] };
});
afterAll(() => rmSync(directory, { recursive: true }));
afterEach(() => pool.close());

const open = (maxThreads = 1) => (pool = new NodeComputing().pool(task, () => maxThreads));
const parcel = (note = 'sum') => ({ bytes: Uint8Array.of(1, 2, 3), note });

it('hands bytes over to a thread and back, one parcel after the other', async () => {
  open();
  const given = parcel();
  const [first, second] = await Promise.all([pool.run(given), pool.run(parcel())]);
  expect(given.bytes.length).toBe(0);
  expect([...first.bytes, ...second.bytes]).toEqual([6, 6]);
  expect(second.note).toBe(first.note);
});

it('rejects what throws, and the thread goes on', async () => {
  open();
  await expect(pool.run(parcel('throw'))).rejects.toMatchObject({
    name: 'RangeError',
    message: 'no',
  });
  expect([...(await pool.run(parcel())).bytes]).toEqual([6]);
});

it('rejects what its thread dies of, and computes what waited behind it in another', async () => {
  open();
  const before = await pool.run(parcel());
  const deadly = pool.run(parcel('die')).catch((error: Error) => error);
  const behind = pool.run(parcel());
  expect(await deadly).toBeInstanceOf(ComputingError);
  expect([...(await behind).bytes]).toEqual([6]);
  expect((await behind).note).not.toBe(before.note);
});

it('rejects everything when no thread can be started', async () => {
  pool = new NodeComputing().pool({ ...task, entries: [] }, () => 1);
  await expect(pool.run(parcel())).rejects.toThrow('none of');
});

it('rejects what is under way, waits or comes when it is closed', async () => {
  open();
  const outcomes = Promise.allSettled([pool.run(parcel()), pool.run(parcel())]);
  await pool.close();
  for (const outcome of await outcomes) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'ComputingError' } });
  }
  await expect(pool.run(parcel())).rejects.toThrow(ComputingError);
});
