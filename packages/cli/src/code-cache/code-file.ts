/**
 * A file with compiled code: what V8 made, the stamp that says of what, the length of the stamp and a
 * CRC-32 of all before it. V8 itself looks at its version, its flags and the processor, but not at the
 * bytes, which it trusts.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';

/** Not there in Node 21 and 22.0, which keep no code. */
const canCheck = (crc32 as typeof crc32 | undefined) !== undefined;

const TRAILER_BYTES = 6;
/** By then a program that was started does what it was started for. */
const SETTLED_MS = 1000;

/** The code of that stamp; undefined where the file is not there, of another stamp, or damaged. */
export function readCode(cacheFile: string, stamp: string): Buffer | undefined {
  if (!canCheck) return undefined;
  let bytes: Buffer;
  try {
    bytes = readFileSync(cacheFile);
  } catch {
    return undefined;
  }
  const end = bytes.length - TRAILER_BYTES;
  if (end < 0) return undefined;
  const stampStart = end - bytes.readUInt16LE(end);
  if (stampStart < 0 || bytes.toString('latin1', stampStart, end) !== stamp) return undefined;
  if (crc32(bytes.subarray(0, end + 2)) !== bytes.readUInt32LE(end + 2)) return undefined;
  return bytes.subarray(0, stampStart);
}

/**
 * Writes what V8 has compiled once the program has settled, or when it ends before: then the functions that
 * it called are inside. Where the file cannot be written, nothing is kept.
 */
export function keepCode(
  script: { createCachedData(): Buffer },
  cacheFile: string,
  stamp: string,
): void {
  const keep = (): void => {
    clearTimeout(settled);
    process.off('exit', keep);
    writeCode(cacheFile, stamp, script.createCachedData());
  };
  const settled = setTimeout(keep, SETTLED_MS);
  settled.unref();
  process.once('exit', keep);
}

/** Replaces the file as a whole; several processes may do so at once. */
export function writeCode(cacheFile: string, stamp: string, code: Buffer): void {
  if (!canCheck) return;
  const bytes = Buffer.alloc(code.length + stamp.length + TRAILER_BYTES);
  const end = bytes.length - TRAILER_BYTES;
  code.copy(bytes);
  bytes.write(stamp, code.length, 'latin1');
  bytes.writeUInt16LE(stamp.length, end);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, end + 2)), end + 2);
  const temporaryFile = `${cacheFile}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(cacheFile), { recursive: true });
  } catch {
    return;
  }
  try {
    writeFileSync(temporaryFile, bytes);
    renameSync(temporaryFile, cacheFile);
  } catch {
    rmSync(temporaryFile, { force: true });
  }
}
