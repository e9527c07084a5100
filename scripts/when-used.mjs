// What a start does not need: modules of Node that take a millisecond or more to load, and packages that
// few use. A bundle that imports them gets objects that load them when one of their names is first used.
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
    build.onLoad({ filter: /.*/, namespace: 'when-used' }, async ({ path, pluginData }) => {
      const names = Object.keys(await import(path)).filter((name) => name !== 'default');
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
