import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readLockTable } from './lock-table.ts';

const read = () => readFileSync('/proc/locks', 'latin1');

it.skipIf(process.platform !== 'linux')('reads all locks, or says that it has not', async () => {
  // Others come and go: what was read is what was there before, or after, sooner or later.
  const readWhole = async () => {
    const before = read();
    const table = await readLockTable();
    return table === before || table === read() || (table === undefined && before.length > 3000);
  };
  await expect.poll(readWhole).toBe(true);
});
