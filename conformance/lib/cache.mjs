/** Where downloads and builds live, and when they have to be made again. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const conformanceDir = fileURLToPath(new URL('..', import.meta.url));
export const repositoryDir = resolve(conformanceDir, '..');

/** `$TIDELOG_CACHE`, or `.cache/conformance` in the repository. */
export const cacheDir = resolve(
  process.env.TIDELOG_CACHE ?? join(repositoryDir, '.cache', 'conformance'),
);

/**
 * Gives the directory of one part of the cache, made by `build` once for each content of `inputs`.
 * A part whose build failed is not kept.
 * @param {string} name
 * @param {string[]} inputs files; a change in one of them builds the part again
 * @param {(directory: string) => Promise<void>} build
 * @returns {Promise<string>}
 */
export async function cached(name, inputs, build) {
  const directory = join(cacheDir, name);
  const stampFile = join(directory, '.stamp');
  const hash = createHash('sha256');
  for (const input of inputs) hash.update(readFileSync(input)).update('\0');
  const stamp = hash.digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return directory;
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  await build(directory);
  writeFileSync(stampFile, stamp);
  return directory;
}
