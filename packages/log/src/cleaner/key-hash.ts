/**
 * 128 bits of a key: two HalfSipHash-1-3 of 64 bits each, under keys of their own. Keyed, because keys are
 * chosen by users, and without the secret nobody can make two that collide; and made of 32-bit operations,
 * because a call of the system's MD5 costs ten times as much as the hashing itself.
 */
export class KeyHasher {
  /** The hash of the last key. */
  readonly words = new Int32Array(4);
  readonly #secret: Int32Array;

  /** `secret`: 16 bytes that nobody can guess. */
  constructor(secret: Uint8Array) {
    const view = new DataView(secret.buffer, secret.byteOffset, 16);
    this.#secret = Int32Array.from([0, 4, 8, 12], (at) => view.getInt32(at));
  }

  hash(buf: Buffer, at: number, sizeBytes: number): void {
    this.#half(buf, at, sizeBytes, 0);
    this.#half(buf, at, sizeBytes, 2);
  }

  /** HalfSipHash-1-3 with 64 bits of output, in `words[half]` and the one behind it. */
  #half(buf: Buffer, start: number, sizeBytes: number, half: 0 | 2): void {
    const k0 = this.#secret[half]!;
    const k1 = this.#secret[half + 1]!;
    let v0 = k0;
    let v1 = k1 ^ 0xee;
    let v2 = 0x6c796765 ^ k0;
    let v3 = 0x74656462 ^ k1;
    const lastWord = start + (sizeBytes & ~3);
    // Behind the words come four rounds more: the first three make the first half of the output.
    let rounds = 0;
    for (let at = start; rounds < 7; at += 4) {
      let word = 0;
      if (at < lastWord) {
        word = buf[at]! | (buf[at + 1]! << 8) | (buf[at + 2]! << 16) | (buf[at + 3]! << 24);
      } else if (rounds++ === 0) {
        word = sizeBytes << 24;
        for (let i = sizeBytes & 3; i-- > 0; ) word |= buf[lastWord + i]! << (8 * i);
      }
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v1 = (v1 << 5) | (v1 >>> 27);
      v1 ^= v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = (v3 << 8) | (v3 >>> 24);
      v3 ^= v2;
      v0 = (v0 + v3) | 0;
      v3 = (v3 << 7) | (v3 >>> 25);
      v3 ^= v0;
      v2 = (v2 + v1) | 0;
      v1 = (v1 << 13) | (v1 >>> 19);
      v1 ^= v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
      if (rounds === 1) v2 ^= 0xee;
      if (rounds !== 4) continue;
      this.words[half] = v1 ^ v3;
      v1 ^= 0xdd;
    }
    this.words[half + 1] = v1 ^ v3;
  }
}
