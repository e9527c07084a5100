import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * A native module that need not be there: no binary for the platform, or optional dependencies left out.
 * It is loaded when first asked for, so that a broker's start does not wait for codecs nobody uses.
 */
export function optionalModule<T>(name: string): () => T | undefined {
  let loaded: { module: T | undefined } | undefined;
  return () => (loaded ??= { module: tryRequire<T>(name) }).module;
}

function tryRequire<T>(name: string): T | undefined {
  try {
    return require(name) as T;
  } catch {
    return undefined;
  }
}
