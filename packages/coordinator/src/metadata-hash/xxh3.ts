/** XXH3 of 64 bits with seed 0 and the default secret (the specification of xxHash, version 0.8). */
export function xxh3(bytes: Uint8Array): bigint {
  const input = new Lanes(bytes);
  if (bytes.length <= 16) return hashShort(input, bytes.length);
  if (bytes.length <= 240) return hashMiddle(input, bytes.length);
  return hashLong(input, bytes.length);
}

const MASK = 0xffff_ffff_ffff_ffffn;
const PRIME32_1 = 0x9e37_79b1n;
const PRIME32_2 = 0x85eb_ca77n;
const PRIME32_3 = 0xc2b2_ae3dn;
const PRIME64_1 = 0x9e37_79b1_85eb_ca87n;
const PRIME64_2 = 0xc2b2_ae3d_27d4_eb4fn;
const PRIME64_3 = 0x1656_67b1_9e37_79f9n;
const PRIME64_4 = 0x85eb_ca77_c2b2_ae63n;
const PRIME64_5 = 0x27d4_eb2f_1656_67c5n;
const PRIME_MX1 = 0x1656_6791_9e37_79f9n;
const PRIME_MX2 = 0x9fb2_1c65_1e98_df25n;

/** Little-endian words at any place. */
class Lanes {
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  byte(at: number): number {
    return this.#view.getUint8(at);
  }

  u32(at: number): bigint {
    return BigInt(this.#view.getUint32(at, true));
  }

  u64(at: number): bigint {
    return this.#view.getBigUint64(at, true);
  }
}

const SECRET = new Lanes(
  Uint8Array.from(
    (
      'b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f' +
      'cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c' +
      '3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8' +
      'a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364' +
      'eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e' +
      '2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e'
    ).match(/../g)!,
    (hex) => Number.parseInt(hex, 16),
  ),
);
const SECRET_BYTES = 192;

const wrap = (value: bigint) => value & MASK;

function avalanche(hash: bigint): bigint {
  let h = wrap((hash ^ (hash >> 37n)) * PRIME_MX1);
  h ^= h >> 32n;
  return h;
}

function avalancheXxh64(hash: bigint): bigint {
  let h = wrap((hash ^ (hash >> 33n)) * PRIME64_2);
  h = wrap((h ^ (h >> 29n)) * PRIME64_3);
  return h ^ (h >> 32n);
}

/** The halves of the product of 128 bits, one upon the other. */
function foldedProduct(a: bigint, b: bigint): bigint {
  const product = a * b;
  return (product & MASK) ^ (product >> 64n);
}

const rotateLeft = (value: bigint, by: bigint) => wrap(value << by) | (value >> (64n - by));

function swapBytes(value: bigint): bigint {
  let swapped = 0n;
  for (let i = 0n; i < 64n; i += 8n) swapped = (swapped << 8n) | ((value >> i) & 0xffn);
  return swapped;
}

function hashShort(input: Lanes, length: number): bigint {
  if (length > 8) return hash9to16(input, length);
  if (length >= 4) return hash4to8(input, length);
  if (length === 0) return avalancheXxh64(SECRET.u64(56) ^ SECRET.u64(64));
  const first = input.byte(0);
  const middle = input.byte(length >> 1);
  const last = input.byte(length - 1);
  const combined = ((first << 16) | (middle << 24) | last | (length << 8)) >>> 0;
  return avalancheXxh64(BigInt(combined) ^ (SECRET.u32(0) ^ SECRET.u32(4)));
}

function hash4to8(input: Lanes, length: number): bigint {
  const flip = SECRET.u64(8) ^ SECRET.u64(16);
  const keyed = (input.u32(length - 4) + (input.u32(0) << 32n)) ^ flip;
  let h = keyed ^ rotateLeft(keyed, 49n) ^ rotateLeft(keyed, 24n);
  h = wrap(h * PRIME_MX2);
  h = wrap((h ^ ((h >> 35n) + BigInt(length))) * PRIME_MX2);
  return h ^ (h >> 28n);
}

function hash9to16(input: Lanes, length: number): bigint {
  const low = input.u64(0) ^ (SECRET.u64(24) ^ SECRET.u64(32));
  const high = input.u64(length - 8) ^ (SECRET.u64(40) ^ SECRET.u64(48));
  return avalanche(wrap(BigInt(length) + swapBytes(low) + high + foldedProduct(low, high)));
}

function mix16(input: Lanes, at: number, secretAt: number): bigint {
  return foldedProduct(
    input.u64(at) ^ SECRET.u64(secretAt),
    input.u64(at + 8) ^ SECRET.u64(secretAt + 8),
  );
}

function hashMiddle(input: Lanes, length: number): bigint {
  let sum = wrap(BigInt(length) * PRIME64_1);
  if (length <= 128) {
    for (let i = (length - 1) >> 5; i >= 0; i--) {
      sum += mix16(input, 16 * i, 32 * i) + mix16(input, length - 16 * (i + 1), 32 * i + 16);
    }
    return avalanche(wrap(sum));
  }
  const rounds = length >> 4;
  for (let i = 0; i < 8; i++) sum += mix16(input, 16 * i, 16 * i);
  sum = avalanche(wrap(sum));
  for (let i = 8; i < rounds; i++) sum += mix16(input, 16 * i, 16 * (i - 8) + 3);
  sum += mix16(input, length - 16, 136 - 17);
  return avalanche(wrap(sum));
}

const STRIPE_BYTES = 64;
const STRIPES_PER_BLOCK = (SECRET_BYTES - STRIPE_BYTES) / 8;
const BLOCK_BYTES = STRIPE_BYTES * STRIPES_PER_BLOCK;

function hashLong(input: Lanes, length: number): bigint {
  const sums = [
    PRIME32_3,
    PRIME64_1,
    PRIME64_2,
    PRIME64_3,
    PRIME64_4,
    PRIME32_2,
    PRIME64_5,
    PRIME32_1,
  ];
  const blocks = Math.floor((length - 1) / BLOCK_BYTES);
  for (let block = 0; block < blocks; block++) {
    for (let stripe = 0; stripe < STRIPES_PER_BLOCK; stripe++) {
      accumulate(sums, input, block * BLOCK_BYTES + stripe * STRIPE_BYTES, stripe * 8);
    }
    scramble(sums);
  }
  const rest = blocks * BLOCK_BYTES;
  const stripes = Math.floor((length - 1 - rest) / STRIPE_BYTES);
  for (let stripe = 0; stripe < stripes; stripe++) {
    accumulate(sums, input, rest + stripe * STRIPE_BYTES, stripe * 8);
  }
  accumulate(sums, input, length - STRIPE_BYTES, SECRET_BYTES - STRIPE_BYTES - 7);
  return merge(sums, wrap(BigInt(length) * PRIME64_1));
}

function accumulate(sums: bigint[], input: Lanes, at: number, secretAt: number): void {
  for (let i = 0; i < 8; i++) {
    const value = input.u64(at + 8 * i);
    const keyed = value ^ SECRET.u64(secretAt + 8 * i);
    sums[i ^ 1] = wrap(sums[i ^ 1]! + value);
    sums[i] = wrap(sums[i]! + (keyed & 0xffff_ffffn) * (keyed >> 32n));
  }
}

function scramble(sums: bigint[]): void {
  for (const [i, sum] of sums.entries()) {
    const keyed = sum ^ (sum >> 47n) ^ SECRET.u64(SECRET_BYTES - STRIPE_BYTES + 8 * i);
    sums[i] = wrap(keyed * PRIME32_1);
  }
}

function merge(sums: readonly bigint[], start: bigint): bigint {
  let hash = start;
  for (let i = 0; i < 4; i++) {
    hash += foldedProduct(
      sums[2 * i]! ^ SECRET.u64(11 + 16 * i),
      sums[2 * i + 1]! ^ SECRET.u64(11 + 16 * i + 8),
    );
  }
  return avalanche(wrap(hash));
}
