// Compiles the addon with the C compiler of this machine (`CC`, else `cc`), against the headers of Node-API.
//   node build.mjs               build/Release/tidelog.node, for this checkout
//   node build.mjs --prebuild    prebuilds/<platform>-<arch>/tidelog.node, for a package
//   node build.mjs --clean       removes what --prebuild made
//   node build.mjs --sanitize --out FILE    with the sanitizers; prints what to preload into Node, if anything
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const compiler = process.env.CC ?? 'cc';
const { include_dir: headers } = createRequire(import.meta.url)('node-api-headers');

const options = ['-std=c11', '-O2', '-fPIC', '-fvisibility=hidden', '-pthread'];
const warnings = ['-Wall', '-Wextra', '-Werror'];
const linking =
  process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'];
const sanitizers = ['-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

const { values } = parseArgs({
  options: {
    prebuild: { type: 'boolean', default: false },
    clean: { type: 'boolean', default: false },
    sanitize: { type: 'boolean', default: false },
    out: { type: 'string' },
  },
});

/** Puts the addon in its place when it is whole; says why there is none. */
function compile(out, more) {
  if (process.platform === 'win32') return 'it is for Linux and macOS';
  const sources = readdirSync(join(here, 'src')).filter((name) => name.endsWith('.c'));
  const temporary = `${out}.${process.pid}`;
  mkdirSync(dirname(out), { recursive: true });
  const done = spawnSync(
    compiler,
    [...options, ...warnings, ...linking, ...more, '-D_GNU_SOURCE', `-I${headers}`].concat(
      sources.map((name) => join(here, 'src', name)),
      ['-o', temporary],
    ),
    { encoding: 'utf8' },
  );
  if (done.error !== undefined) return `there is no C compiler (${compiler})`;
  if (done.status !== 0) return done.stderr;
  renameSync(temporary, out);
  return null;
}

/** The library that has to be in a process before any other, for the sanitizer of addresses. */
function sanitizerRuntime() {
  const found = spawnSync(compiler, ['-print-file-name=libasan.so'], { encoding: 'utf8' });
  const path = found.stdout.trim();
  return isAbsolute(path) ? path : '';
}

function placeOf() {
  if (values.out !== undefined) return values.out;
  if (!values.prebuild) return join(here, 'build', 'Release', 'tidelog.node');
  return join(here, 'prebuilds', `${process.platform}-${process.arch}`, 'tidelog.node');
}

if (values.clean) {
  rmSync(join(here, 'prebuilds'), { recursive: true, force: true });
} else {
  const problem = compile(placeOf(), values.sanitize ? sanitizers : []);
  if (problem !== null) console.error(`tidelog: the native part was not built: ${problem}`);
  else if (values.sanitize) console.log(sanitizerRuntime());
  // A package without it is whole: it is never needed.
  if (problem !== null && !values.prebuild) process.exitCode = 1;
}
