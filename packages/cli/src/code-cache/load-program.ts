import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { keepCode, readCode } from './code-file.ts';

type Require = (id: string) => unknown;
type ProgramBody = (
  exports: object,
  require: Require,
  module: { exports: unknown },
  filename: string,
  directory: string,
) => void;

/**
 * Gives a function that runs the bundles of a directory, `./name.cjs`, and gives what they export. Each is
 * in ASCII, and one expression: the function that Node makes of a CommonJS module. They find each other and,
 * by `require`, everything else.
 *
 * Compiled code is taken from `code` below the directory where it is of this very file, this Node and this
 * processor; otherwise the file is compiled, and the code is written anew if the directory can be written.
 */
export function programLoader(directory: string, require: Require): Require {
  const loaded = new Map<string, { exports: unknown }>();
  const load = (id: string): unknown => {
    if (!id.startsWith('./')) return require(id);
    let module = loaded.get(id);
    if (module === undefined) {
      loaded.set(id, (module = { exports: {} }));
      const file = join(directory, id);
      const cacheFile = join(directory, 'code', `${id}.${process.version}-${process.arch}.bin`);
      compile(file, cacheFile)(module.exports as object, load, module, file, directory);
    }
    return module.exports;
  };
  return load;
}

function compile(file: string, cacheFile: string): ProgramBody {
  const { size, mtimeMs } = statSync(file);
  const stamp = `${process.version} ${process.platform} ${process.arch} ${size} ${mtimeMs}`;
  const cachedData = readCode(cacheFile, stamp);
  const script = new Script(readFileSync(file, 'latin1'), {
    filename: file,
    ...(cachedData !== undefined && { cachedData }),
  });
  if (cachedData === undefined || script.cachedDataRejected === true) {
    keepCode(script, cacheFile, stamp);
  }
  return script.runInThisContext() as ProgramBody;
}
