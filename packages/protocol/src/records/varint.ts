/** Zigzag varints, as records have them: small magnitudes of either sign take few bytes. */

const TWO_TO_28 = 2 ** 28;

/** Bytes that a signed 32-bit number takes. */
export function varintSize(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  return zigzag < 0x80
    ? 1
    : zigzag < 0x4000
      ? 2
      : zigzag < 0x200000
        ? 3
        : zigzag < 0x10000000
          ? 4
          : 5;
}

/** Bytes that any safe integer takes. */
export function varlongSize(value: number): number {
  if (value === (value | 0)) return varintSize(value);
  let rest = zigzagOf(value);
  let size = 1;
  for (; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Writes a signed 32-bit number and returns the position after it. */
export function writeVarint(buf: Buffer, at: number, value: number): number {
  let zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  for (; zigzag >= 128; zigzag >>>= 7) buf[at++] = (zigzag & 127) | 128;
  buf[at++] = zigzag;
  return at;
}

/** Writes a safe integer and returns the position after it. */
export function writeVarlong(buf: Buffer, at: number, value: number): number {
  if (value === (value | 0)) return writeVarint(buf, at, value);
  let zigzag = zigzagOf(value);
  for (; zigzag >= TWO_TO_28; zigzag = Math.floor(zigzag / 128)) {
    buf[at++] = (zigzag % 128) | 128;
  }
  for (; zigzag >= 128; zigzag >>>= 7) buf[at++] = (zigzag & 127) | 128;
  buf[at++] = zigzag;
  return at;
}

function zigzagOf(value: number): number {
  return value >= 0 ? value * 2 : value * -2 - 1;
}
