// The client as people install it: one package without dependencies of our own, for `import` and for
// `require`, with just the declarations that its public names reach.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { native } from './native.mjs';

/** What can be imported, by its file in `src`; an entry may import the first one. */
const entries = ['index', 'kafkajs'];

export async function bundleClient(root) {
  const client = join(root, 'packages', 'client');
  const out = join(client, 'dist', 'lib');
  rmSync(out, { recursive: true, force: true });
  await scripts(root, out);
  const declarations = reachable(root, entries);
  for (const kind of ['types', 'types-cjs']) {
    for (const [file, text] of declarations) write(join(out, kind, file), text);
  }
  // The same declarations, taken for CommonJS by whoever resolves `require`.
  write(join(out, 'types-cjs', 'package.json'), '{ "type": "commonjs" }\n');
}

async function scripts(root, outdir) {
  const { build } = await import('esbuild');
  const common = {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node20',
    conditions: ['@tidelog/source'],
    external: native,
    legalComments: 'none',
    // Names stay, for stack traces.
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: 'error',
  };
  const source = (name) => `packages/client/src/${name}.ts`;
  await build({
    ...common,
    outdir,
    entryPoints: entries.map(source),
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    outExtension: { '.js': '.mjs' },
    format: 'esm',
  });
  for (const name of entries) {
    await build({
      ...common,
      entryPoints: [source(name)],
      outfile: join(outdir, `${name}.cjs`),
      format: 'cjs',
      // One copy of the client, however many entries are loaded.
      plugins: name === entries[0] ? [] : [firstEntryOutside],
      define: { 'import.meta.url': '__url' },
      banner: { js: "const __url = require('node:url').pathToFileURL(__filename).href;" },
    });
  }
}

const firstEntryOutside = {
  name: 'first-entry-outside',
  setup(build) {
    const path = `./${entries[0]}.cjs`;
    build.onResolve({ filter: /\/index\.ts$/ }, ({ path: asked, resolveDir }) => {
      const isClient = resolve(resolveDir, asked).endsWith('packages/client/src/index.ts');
      return isClient ? { path, external: true } : undefined;
    });
  },
};

/** The declaration files that the entries reach, by their path below `types`, with relative imports. */
function reachable(root, names) {
  const found = new Map();
  const homes = new Map();
  const visit = (file) => {
    const place = placeOf(root, file);
    if (found.has(place)) return;
    found.set(place, '');
    const text = readFileSync(file, 'utf8').replace(/^\/\/# sourceMappingURL=.*\n?/m, '');
    found.set(
      place,
      text.replace(imports, (whole, head, named, specifier) => {
        if (specifier.startsWith('.')) {
          visit(resolve(dirname(file), specifier.replace(/\.[jt]s$/, '.d.ts')));
          return `${head}${named} from '${specifier.replace(/\.ts$/, '.js')}'`;
        }
        if (!specifier.startsWith('@tidelog/')) return whole;
        return fromPackage(specifier, head, named, place);
      }),
    );
  };
  const fromPackage = (specifier, head, named, place) => {
    const home = homes.get(specifier) ?? homesOf(root, specifier);
    homes.set(specifier, home);
    return named
      .replace(/[{}]/g, '')
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean)
      .map((part) => {
        const file = home.get(part.replace(/^type /, '').split(/ as /)[0]);
        if (file === undefined) throw new Error(`${specifier} does not declare ${part}`);
        if (opaque.test(file)) visitOpaque(file, part.replace(/^type /, ''));
        else visit(file);
        const target = relative(dirname(place), placeOf(root, file)).replace(/\.d\.ts$/, '.js');
        const path = target.startsWith('.') ? target : `./${target}`;
        return `${head}{ ${part} } from '${path}'`;
      })
      .join(';\n');
  };
  const visitOpaque = (file, name) => {
    const place = placeOf(root, file);
    const declared = `export type ${name}<_Of = unknown> = any;\n`;
    const text = found.get(place) ?? '';
    if (!text.includes(declared)) found.set(place, text + declared);
  };
  for (const name of names) visit(join(root, 'packages', 'client', 'dist', `${name}.d.ts`));
  return found;
}

/** Half a megabyte of messages that only the inside of the client names. */
const opaque = /protocol[/\\]dist[/\\]apis[/\\]/;

const imports = /^((?:import|export) (?:type )?)(\{[^}]*\}|\*(?: as \w+)?) from '([^']+)'/gm;

/** `packages/client/dist/a/b.d.ts` lies at `client/a/b.d.ts`. */
const placeOf = (root, file) =>
  relative(join(root, 'packages'), file).replace(/^([^/\\]+)[/\\]dist/, '$1');

/** The file of each name that a package declares. */
function homesOf(root, specifier) {
  const home = new Map();
  const folder = join(root, 'packages', specifier.slice('@tidelog/'.length), 'dist');
  for (const file of readdirSync(folder, { recursive: true }).map(String)) {
    if (!file.endsWith('.d.ts') || file.includes('.test') || file.startsWith('lib')) continue;
    const text = readFileSync(join(folder, file), 'utf8');
    const names = text.matchAll(
      /^export (?:declare )?(?:abstract )?(?:type|interface|class|const|function) (\w+)/gm,
    );
    for (const [, name] of names) home.set(name, join(folder, file));
  }
  return home;
}

function write(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
