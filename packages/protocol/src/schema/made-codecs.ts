import type { MakeReader } from './compile-reader.ts';
import type { MakeWriter } from './compile-writer.ts';

/**
 * What makes readers and writers without compiling them, by name and version of their messages. There are
 * none where the sources run; a bundle has those that a broker's start needs (`scripts/made-codecs.mjs`), from
 * the same sources, so that they are part of its compiled code.
 */
export const madeReaders: ReadonlyMap<string, MakeReader> = new Map();
export const madeWriters: ReadonlyMap<string, MakeWriter> = new Map();
