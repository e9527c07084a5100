// The modules that the command line imports when a command is called come from two more bundles: what a
// broker is made of, and what all other commands are. Each has compiled code of its own to load.
import { relative, resolve } from 'node:path';

/** The bundle of a module, by its path below `src`; undefined where it stays with the program. */
function homeOf(path) {
  if (path.startsWith('completion/')) return undefined; // made of the catalog, as the program is
  return path.startsWith('broker/') ? './broker.cjs' : './tools.cjs';
}

/** Puts each module that is imported so into `parts`: file names by the bundle's name. */
export const splitIntoParts = (source, parts) => ({
  name: 'split-into-parts',
  setup(build) {
    build.onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const file = relative(source, resolve(resolveDir, path)).replaceAll('\\', '/');
      const home = homeOf(file);
      if (home === undefined) return undefined;
      parts.set(home, (parts.get(home) ?? new Set()).add(file));
      return { path: file, namespace: 'part' };
    });
    build.onLoad({ filter: /.*/, namespace: 'part' }, ({ path }) => ({
      contents: `module.exports = require('${homeOf(path)}')['${path}']();`,
    }));
    build.onResolve({ filter: /^\.\/\w+\.cjs$/, namespace: 'part' }, ({ path }) => ({
      path,
      external: true,
    }));
  },
});

/** The source of a part's bundle: its modules by their paths, each run when it is asked for. */
export function partOf(source, name, files) {
  const direct = name === './broker.cjs' ? ['broker/run-directly.ts'] : []; // called by main.ts
  const all = [...direct, ...files].toSorted();
  const lines =
    name === './broker.cjs'
      ? // All at once: there is hardly anything that a broker does not need.
        all.flatMap((path, i) => [
          `import * as part${i} from './${path}';`,
          `exports['${path}'] = () => part${i};`,
        ])
      : all.map((path) => `exports['${path}'] = () => require('./${path}');`);
  return { contents: lines.join('\n'), resolveDir: source, sourcefile: name };
}
