/** Our client in the place of kafkajs: a directory of packages in which its name leads to us. */
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached, conformanceDir, repositoryDir } from './cache.mjs';
import { runOrThrow } from './process.mjs';
import { tools } from './tools.mjs';

const ours = join(repositoryDir, 'packages', 'client', 'dist', 'lib', 'kafkajs.cjs');

/**
 * @param {string} directory is made anew
 * @param {string} packages the `node_modules` whose other packages are there too
 */
function inPlaceOfKafkaJS(directory, packages) {
  const modules = join(directory, 'node_modules');
  rmSync(directory, { recursive: true, force: true });
  putInPlace(modules);
  for (const name of readdirSync(packages)) {
    if (name === 'kafkajs' || name.startsWith('.')) continue;
    symlinkSync(join(packages, name), join(modules, name));
  }
  return directory;
}

/** @param {string} modules */
function putInPlace(modules) {
  const kafkajs = join(modules, 'kafkajs');
  mkdirSync(kafkajs, { recursive: true });
  const manifest = { name: 'kafkajs', version: '2.2.4', main: 'index.js' };
  writeFileSync(join(kafkajs, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(kafkajs, 'index.js'), `module.exports = require(${JSON.stringify(ours)});\n`);
}

/** What the checks of kafkajs need. @param {string} workDir */
export async function kafkajsApi(workDir) {
  const packages = join(await tools.node(), 'node_modules');
  return inPlaceOfKafkaJS(join(workDir, 'kafkajs-api'), packages);
}

/**
 * NestJS with us in the place of kafkajs, which it loads by its name from where it is itself.
 * @returns {Promise<string>}
 */
export async function nest() {
  const files = ['package.json', 'package-lock.json'].map((f) => join(conformanceDir, 'nest', f));
  const directory = await cached('nest', files, async (target) => {
    for (const file of files) cpSync(file, join(target, file.slice(file.lastIndexOf('/'))));
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts'];
    await runOrThrow('npm', ['ci', ...quiet], { cwd: target });
  });
  putInPlace(join(directory, 'node_modules'));
  return directory;
}
