import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = mkdtempSync(join(tmpdir(), 'tidelog-native-'));
afterAll(() => rmSync(root, { recursive: true }));
const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const hasCompiler =
  process.platform !== 'win32' && spawnSync(process.env.CC ?? 'cc', ['--version']).status === 0;

function build(...options: string[]): { path: string; said: string } {
  const path = join(root, `${options.length}.node`);
  const args = [fileOf('../build.mjs'), '--out', path, ...options];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(stderr).toBe('');
  return { path, said: stdout.trim() };
}

function check(path: string, env: NodeJS.ProcessEnv = {}): void {
  const args = [fileOf('./testing/checks.cjs'), path];
  const options = { encoding: 'utf8', env: { ...process.env, ...env } } as const;
  const { stdout, stderr } = spawnSync(process.execPath, args, options);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^\d{3,} checks\n$/);
}

/** What there is no C compiler for is not here to be tested: everything else does without. */
describe.skipIf(!hasCompiler)('the addon', { timeout: 60_000 }, () => {
  it('gives what it should, and refuses what it must', () => {
    check(build().path);
  });

  it('does no harm that the sanitizers of addresses and of undefined behaviour see', (context) => {
    const { path, said: runtime } = build('--sanitize');
    if (runtime === '') return context.skip('the compiler has no library to preload');
    // Node itself never gives back what it allocates at its start.
    check(path, { LD_PRELOAD: runtime, ASAN_OPTIONS: 'detect_leaks=0' });
  });
});
