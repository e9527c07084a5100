import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { run } from '../program.ts';
import { MemoryTerminal } from '../terminal/memory.test-terminal.ts';

const directory = mkdtempSync(join(tmpdir(), 'tidelog-profile-'));
afterAll(() => rmSync(directory, { recursive: true }));
const env = { TIDELOG_CONFIG: join(directory, 'profiles.json') };

async function screenOf(args: readonly string[], answers?: readonly string[]): Promise<string> {
  const terminal = new MemoryTerminal({ env, ...(answers !== undefined && { answers }) });
  await run(args, terminal);
  return terminal.screen;
}

it('chooses on a terminal, by number or by name', async () => {
  expect(await screenOf(['profile', 'use'])).toContain('there is no profile yet');
  await screenOf(['profile', 'create', 'a', '-b', 'a:1']);
  await screenOf(['profile', 'create', 'b', '-b', 'b:1']);
  expect(await screenOf(['profile', 'use'], ['2'])).toBe(
    '1  a\n2  b\nProfile b is in use from now on.\n',
  );
  expect(await screenOf(['profile', 'use'], ['a'])).toContain('Profile a is in use');
  expect(await screenOf(['profile', 'use'], ['3'])).toContain('there is no profile 3');
  expect(await screenOf(['profile', 'use'])).toContain('name the profile');
});

it('keeps what it cannot read out of a profile', async () => {
  const refused = await screenOf(['profile', 'create', 'c', '-X', 'linger.ms=soon']);
  expect(refused).toContain('linger.ms takes a whole number');
  expect(await screenOf(['profile', 'show', 'c'])).toContain('there is no profile c');
});

it('is no longer used when it is deleted', async () => {
  expect(await screenOf(['profile', 'delete', 'a'], ['y'])).toBe('Deleted profile a.\n');
  expect(await screenOf(['profile', 'list', '-o', 'jsonl'])).toBe(
    '{"profile":"b","bootstrapServers":"b:1","isInUse":false}\n',
  );
});
