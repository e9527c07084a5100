import { execFile, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** What people get: the packages as npm would publish them, installed into an empty project. */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const run = promisify(execFile);

const consumer = `
import { startBroker, type TestBroker } from '@tidelog/testing';
import { createClient } from '@tidelog/client';

const broker: TestBroker = await startBroker({ properties: { 'num.partitions': '2' } });
const client = createClient({ bootstrapServers: broker.bootstrapServers });
await client.close();
await broker.stop();
const port: number = broker.port;
console.log(port > 0 ? 'served' : 'silent');
`;

const compilerOptions = {
  module: 'nodenext',
  target: 'es2023',
  lib: ['es2023', 'esnext.disposable'],
  strict: true,
  types: ['node'],
  typeRoots: [join(root, 'node_modules', '@types')],
};

describe('the packages, packed and installed', () => {
  const project = mkdtempSync(join(tmpdir(), 'tidelog-pack-'));

  beforeAll(async () => {
    const tarballs = join(project, 'tarballs');
    mkdirSync(tarballs);
    const quiet = ['--silent', '--no-audit', '--no-fund'];
    await run('npm', ['pack', '--workspaces', '--pack-destination', tarballs, ...quiet], {
      cwd: root,
    });
    const manifest = { name: 'empty', private: true, type: 'module' };
    writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
    const files = readdirSync(tarballs).map((name) => join(tarballs, name));
    await run('npm', ['install', '--prefer-offline', ...quiet, ...files], { cwd: project });
  }, 120_000);

  afterAll(() => rmSync(project, { recursive: true, force: true }));

  it('hold no tests', () => {
    const scope = join(project, 'node_modules', '@tidelog');
    const files = readdirSync(scope, { recursive: true }).map(String);
    expect(files.filter((name) => name.includes('.test'))).toEqual([]);
    expect(files.filter((name) => name.endsWith('index.d.ts')).length).toBeGreaterThan(10);
  });

  const packsAddon =
    process.platform !== 'win32' && spawnSync(process.env.CC ?? 'cc', ['--version']).status === 0;
  it.skipIf(!packsAddon)(
    'bring the addon, where a C compiler was when they were packed',
    async () => {
      const program = "console.log(typeof require('@tidelog/native')?.crc32c)";
      const env = { ...process.env, TIDELOG_NATIVE: '' };
      const args = ['--input-type=commonjs', '-e', program];
      const { stdout } = await run(process.execPath, args, { cwd: project, env });
      expect(stdout).toBe('function\n');
      expect(existsSync(join(root, 'packages', 'native', 'prebuilds'))).toBe(false);
    },
  );

  it('need nothing else at run time for the command line', () => {
    const manifest = JSON.parse(
      readFileSync(join(project, 'node_modules', 'tidelog', 'package.json'), 'utf8'),
    ) as { dependencies?: object };
    expect(manifest.dependencies).toBeUndefined();
  });

  it('start a broker by `npx tidelog dev`', { timeout: 30_000 }, async () => {
    const child = spawn('npx', ['tidelog', 'dev', '--port', '0'], { cwd: project, detached: true });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('Ctrl-C stops it.')) process.kill(-child.pid!, 'SIGINT');
    });
    await new Promise((resolve) => child.once('close', resolve));
    expect(said).toContain('listens on 127.0.0.1:');
    expect(said).toMatch(/Stopped\.\n$/);
    // The next start takes compiled code from here.
    const code = readdirSync(join(project, 'node_modules', 'tidelog', 'dist', 'code'));
    expect(code.map((name) => name.split('.')[0])).toEqual(['broker']);
  });

  it('start a broker from a program', { timeout: 30_000 }, async () => {
    const script = consumer.replaceAll(/type TestBroker|: TestBroker|: number/g, '');
    writeFileSync(join(project, 'program.js'), script);
    const { stdout } = await run(process.execPath, ['program.js'], { cwd: project });
    expect(stdout).toBe('served\n');
  });

  it('bring their types', { timeout: 60_000 }, async () => {
    writeFileSync(join(project, 'program.ts'), consumer);
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const args = [tsc, '--noEmit', '-p', project];
    const done = await run(process.execPath, args).catch((error: { stdout: string }) => error);
    expect(done.stdout).toBe('');
  });
});
