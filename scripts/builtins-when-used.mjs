// Modules of Node that a start does not need: each takes a millisecond or more to load, so a bundle that
// imports them gets objects that load them when one of their names is first used.
const late = [
  'child_process',
  'crypto',
  'dns/promises',
  'fs/promises',
  'http',
  'os',
  'readline/promises',
  'tls',
  'vm',
  'worker_threads',
  'zlib',
];

export const builtinsWhenUsed = {
  name: 'builtins-when-used',
  setup(build) {
    // A bundle has a `require` already.
    build.onResolve({ filter: /^node:module$/ }, ({ path }) => ({ path, namespace: 'module' }));
    build.onLoad({ filter: /.*/, namespace: 'module' }, () => ({
      contents: 'exports.createRequire = () => require;',
    }));
    const filter = new RegExp(`^node:(${late.join('|')})$`);
    build.onResolve({ filter }, ({ path, namespace }) =>
      namespace === 'when-used' ? { path, external: true } : { path, namespace: 'when-used' },
    );
    build.onLoad({ filter: /.*/, namespace: 'when-used' }, async ({ path }) => {
      const names = Object.keys(await import(path)).filter((name) => name !== 'default');
      const getters = names.map((name) => `get ${name}() { return load().${name}; }`);
      return {
        contents: `const load = () => require('${path}');\nmodule.exports = {\n${getters.join(',\n')}\n};`,
      };
    });
  },
};
