/** CRC32C (Castagnoli): by Tidelog's own addon, else by `@node-rs/crc32`, else eight table steps at a time. */
import { optionalModule } from '../compression/optional-module.ts';

type Crc32c = (buf: Uint8Array, start: number, end: number, previous: number) => number;

const addon = optionalModule('@tidelog/native') as () => { crc32c: Crc32c } | null | undefined;
const nodeRs = optionalModule('@node-rs/crc32') as () =>
  | { crc32c(input: Uint8Array, previous: number): number }
  | undefined;

/** So much is checked in plain JavaScript sooner than a native module is loaded. */
const PORTABLE_FIRST_BYTES = 32 * 1024;
let portableBytes = 0;
let chosen: Crc32c = portableFirst;

/**
 * The CRC32C of `buf[start, end)`, as an unsigned number. With `previous`, the checksum of bytes that
 * came before, it goes on from there: `crc32c(b, 0, b.length, crc32c(a))` is that of a and b together.
 */
export function crc32c(buf: Buffer, start = 0, end: number = buf.length, previous = 0): number {
  return chosen(buf, start, end, previous);
}

function portableFirst(buf: Uint8Array, start: number, end: number, previous: number): number {
  portableBytes += end - start;
  if (portableBytes > PORTABLE_FIRST_BYTES) chosen = choose();
  return (chosen === portableFirst ? crc32cPortable : chosen)(buf as Buffer, start, end, previous);
}

function choose(): Crc32c {
  const own = addon()?.crc32c;
  if (own !== undefined) return own;
  const other = nodeRs();
  if (other === undefined) return crc32cPortable as Crc32c;
  return (buf, start, end, previous) => {
    const whole = start === 0 && end === buf.length;
    return other.crc32c(whole ? buf : buf.subarray(start, end), previous);
  };
}

const POLYNOMIAL = 0x82f63b78;
/** Table k gives the effect of a byte that k more bytes follow. */
let tables: Int32Array | undefined;

/** The same in plain JavaScript, for platforms without the native module. */
export function crc32cPortable(buf: Buffer, start: number, end: number, previous: number): number {
  tables ??= buildTables();
  const t = tables;
  let crc = ~previous;
  let at = start;
  for (; at + 8 <= end; at += 8) {
    const low = crc ^ buf.readInt32LE(at);
    const high = buf.readInt32LE(at + 4);
    crc =
      t[1792 + (low & 255)]! ^
      t[1536 + ((low >>> 8) & 255)]! ^
      t[1280 + ((low >>> 16) & 255)]! ^
      t[1024 + (low >>> 24)]! ^
      t[768 + (high & 255)]! ^
      t[512 + ((high >>> 8) & 255)]! ^
      t[256 + ((high >>> 16) & 255)]! ^
      t[high >>> 24]!;
  }
  for (; at < end; at++) crc = t[(crc ^ buf[at]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

function buildTables(): Int32Array {
  const built = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    built[byte] = crc;
  }
  for (let i = 256; i < built.length; i++) {
    const shorter = built[i - 256]!;
    built[i] = built[shorter & 255]! ^ (shorter >>> 8);
  }
  return built;
}
