// The command line as a few files of JavaScript: one bundle starts in half the time of a hundred modules,
// and compiled code is kept beside it (packages/cli/src/code-cache).
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { whenUsed } from './when-used.mjs';
import { madeCodecs } from './made-codecs.mjs';
import { native } from './native.mjs';
import { partOf, splitIntoParts } from './split-into-parts.mjs';

const head = `"use strict"; const __url = require('node:url').pathToFileURL(__filename).href;`;

/** What `programLoader` expects: the function that Node makes of a CommonJS module. */
const program = {
  banner: { js: `(function (exports, require, module, __filename, __dirname) { ${head}` },
  footer: { js: '})' },
};

export async function bundle(root) {
  const source = join(root, 'packages', 'cli', 'src');
  const out = join(root, 'packages', 'cli', 'dist');
  for (const gone of ['tidelog.mjs', 'cleaner-worker.mjs', 'examination-worker.mjs', 'chunks']) {
    rmSync(join(out, gone), { recursive: true, force: true }); // of an earlier layout
  }
  const make = (name, options) => makeBundle({ absWorkingDir: root, ...options }, join(out, name));
  const thread = (name, file) =>
    make(name, {
      entryPoints: [join(root, 'packages', 'log', 'src', file)],
      banner: { js: head },
    });
  const parts = new Map();
  await Promise.all([
    make('tidelog.cjs', { entryPoints: [join(source, 'main.ts')] }),
    thread('cleaner-worker.cjs', 'worker.ts'),
    thread('examination-worker.cjs', 'examination-worker.ts'),
    make('program.cjs', {
      ...program,
      entryPoints: [join(source, 'program.ts')],
      plugins: [splitIntoParts(source, parts), whenUsed],
    }),
  ]);
  const codecs = (name) => (name === './broker.cjs' ? [madeCodecs(root)] : []);
  await Promise.all(
    [...parts].map(([name, files]) =>
      make(name, {
        ...program,
        stdin: partOf(source, name, files),
        plugins: [...codecs(name), whenUsed],
      }),
    ),
  );
  chmodSync(join(out, 'tidelog.cjs'), 0o755);
}

async function makeBundle(options, file) {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    bundle: true,
    write: false,
    outfile: file,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    conditions: ['@tidelog/source'],
    external: native,
    define: { 'import.meta.url': '__url', 'import.meta.dirname': '__dirname' },
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'eof',
    logLevel: 'error',
    ...options,
  });
  const [{ contents }] = outputFiles;
  if (contents.some((byte) => byte > 127)) throw new Error(`${file} is not in ASCII`);
  // Compiled code is that of one file: what is the same is left alone.
  if (isSame(file, contents)) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, contents);
}

function isSame(file, contents) {
  try {
    return readFileSync(file).equals(contents);
  } catch {
    return false;
  }
}
