// What a start does not need: modules of Node that take a millisecond or more to load, and packages that
// few use. A bundle that imports them gets objects that load them when one of their names is first used.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const late = [
  'node:child_process',
  'node:crypto',
  'node:dns/promises',
  'node:fs/promises',
  'node:http',
  'node:os',
  'node:readline/promises',
  'node:tls',
  'node:vm',
  'node:worker_threads',
  'node:zlib',
  're2js',
];

export const whenUsed = {
  name: 'when-used',
  setup(build) {
    const filter = new RegExp(`^(${late.join('|')})$`);
    build.onResolve({ filter }, ({ path, namespace, resolveDir }) =>
      namespace === 'when-used'
        ? undefined
        : { path, namespace: 'when-used', pluginData: { resolveDir } },
    );
    build.onLoad({ filter: /.*/, namespace: 'when-used' }, ({ path, pluginData }) => {
      const names = [...(namesUsed().get(path) ?? [])];
      const getters = names.map((name) => `get ${name}() { return load().${name}; }`);
      const load = `const load = () => require('${path}');`;
      return { contents: `${load}\nmodule.exports = {\n${getters.join(',\n')}\n};`, ...pluginData };
    });
    // A bundle has a `require` already.
    build.onResolve({ filter: /^node:module$/ }, ({ path }) => ({ path, namespace: 'module' }));
    build.onLoad({ filter: /.*/, namespace: 'module' }, () => ({
      contents: 'exports.createRequire = () => require;',
    }));
  },
};

let used;

/** The names that our sources import from each: those of a whole module take time as well. */
function namesUsed() {
  if (used !== undefined) return used;
  used = new Map();
  const packages = join(dirname(dirname(fileURLToPath(import.meta.url))), 'packages');
  for (const file of readdirSync(packages, { recursive: true }).map(String)) {
    if (!/^\w+[\\/]src[\\/].*\.ts$/.test(file)) continue;
    const text = readFileSync(join(packages, file), 'utf8');
    for (const [, names, path] of text.matchAll(/^import \{([^}]*)\} from '([^']+)';$/gm)) {
      if (!late.includes(path)) continue;
      const found = used.get(path) ?? new Set();
      used.set(path, found);
      for (const name of names.split(',')) {
        const [own] = name.trim().split(' as ');
        if (own !== '' && !own.startsWith('type ')) found.add(own);
      }
    }
  }
  return used;
}
