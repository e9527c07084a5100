/** Zigzag varints, as records have them: small magnitudes of either sign take few bytes. */

const TWO_TO_28 = 2 ** 28;

/** Bytes that a signed 32-bit number takes. */
export function varintSize(value: number): number {
  const zigzag = (value << 1) ^ (value >> 31);
  // Negative where the highest bit is set.
  if (zigzag >= 0 && zigzag < 0x4000) return zigzag < 0x80 ? 1 : 2;
  if (zigzag < 0 || zigzag >= 0x10000000) return 5;
  return zigzag < 0x200000 ? 3 : 4;
}

/** Bytes that any safe integer takes. */
export function varlongSize(value: number): number {
  if (value === (value | 0)) return varintSize(value);
  let size = 2;
  for (let rest = afterFirstByte(value); rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Writes a signed 32-bit number and returns the position after it. */
export function writeVarint(buf: Buffer, at: number, value: number): number {
  const zigzag = (value << 1) ^ (value >> 31);
  // Nearly all that a record has takes one byte or two: without a loop, this is inlined where it is called.
  if (zigzag >= 0 && zigzag < 0x80) {
    buf[at] = zigzag;
    return at + 1;
  }
  if (zigzag >= 0 && zigzag < 0x4000) {
    buf[at] = (zigzag & 127) | 128;
    buf[at + 1] = zigzag >>> 7;
    return at + 2;
  }
  return writeLongVarint(buf, at, zigzag >>> 0);
}

function writeLongVarint(buf: Buffer, start: number, zigzag: number): number {
  let at = start;
  let rest = zigzag;
  for (; rest >= 128; rest >>>= 7) buf[at++] = (rest & 127) | 128;
  buf[at] = rest;
  return at + 1;
}

/** Writes a safe integer and returns the position after it. */
export function writeVarlong(buf: Buffer, start: number, value: number): number {
  if (value === (value | 0)) return writeVarint(buf, start, value);
  let at = start;
  buf[at++] = 128 | ((magnitude(value) % 64) << 1) | (value < 0 ? 1 : 0);
  let rest = afterFirstByte(value);
  for (; rest >= TWO_TO_28; rest = Math.floor(rest / 128)) buf[at++] = (rest % 128) | 128;
  return writeLongVarint(buf, at, rest);
}

/** Half of the zigzag, which itself would exceed what a number holds exactly. */
function magnitude(value: number): number {
  return value < 0 ? -value - 1 : value;
}

/** What is left of the zigzag of a number beyond 32 bits; never 0. */
function afterFirstByte(value: number): number {
  return Math.floor(magnitude(value) / 64);
}
