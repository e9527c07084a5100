import { createRequire } from 'node:module';

/**
 * A native module that need not be there: no binary for the platform, or optional dependencies left
 * out. The caller says what it exports. It is loaded when first asked for, so that a broker's start
 * does not wait for codecs that nobody uses.
 */
export function optionalModule(name: string): () => unknown {
  let loaded: { module: unknown } | undefined;
  return () => (loaded ??= { module: tryRequire(name) }).module;
}

function tryRequire(name: string): unknown {
  try {
    return createRequire(import.meta.url)(name);
  } catch {
    return undefined;
  }
}
