// Everything between a fresh clone and a running program: dependencies, compilation, the bundle of
// the command line. Each step is skipped when nothing has changed since it was last done.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

function run(command, args, what) {
  const shell = process.platform === 'win32';
  const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], shell });
  if (done.status === 0) return;
  process.stderr.write(done.stdout ?? '');
  process.stderr.write(done.stderr ?? '');
  fail(`tidelog: ${what} failed${done.error ? `: ${done.error.message}` : ''}`);
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 20)) {
  fail(`tidelog needs Node 20.20 or newer, and this is ${process.versions.node}`);
}

const lock = readFileSync(join(root, 'package-lock.json'));
const wanted = createHash('sha256')
  .update(lock)
  .update(`${process.platform} ${process.arch} ${process.versions.modules}`)
  .digest('hex');
const stamp = join(root, 'node_modules', '.tidelog-installed');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  console.error('tidelog: installing dependencies (once)');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--no-audit', '--no-fund'];
  if (npm) run(process.execPath, [npm, ...args], 'npm ci');
  else run('npm', args, 'npm ci');
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-b'], 'compiling');
const { bundle } = await import('./bundle.mjs');
const { bundleClient } = await import('./bundle-client.mjs');
await Promise.all([bundle(root), bundleClient(root)]);
const { warm } = await import('./warm.mjs');
await warm(root);
