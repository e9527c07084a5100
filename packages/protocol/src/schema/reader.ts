const ZERO_BYTES = Buffer.alloc(0);

/** 2^63: how Long.MAX_VALUE, which no number can hold, is read. */
export const INT64_MAX = 0x8000000000000000;
export const INT64_MIN = -0x8000000000000000;

/** Arrays of structs longer than this are refused, as Kafka does from 4.4 on. */
const MAX_STRUCTS = 1_000_000;
const MAX_TAGS = 10_000;

/**
 * Reads the primitives of the protocol from a frame. It is sticky: after a bad byte every read
 * gives zero and `failed` stays true, so that generated code needs one check at its end. Nothing is
 * allocated for a length before the bytes that it promises are known to be there.
 */
export class Reader {
  readonly buffer: Buffer;
  position: number;
  /** Where the readable bytes end; moved in while a tagged field is read. */
  end: number;
  failed = false;
  #structs = 0;

  constructor(buffer: Buffer, position = 0, end = buffer.length) {
    this.buffer = buffer;
    this.position = position;
    this.end = end;
  }

  remaining(): number {
    return this.end - this.position;
  }

  fail(): void {
    this.failed = true;
    this.position = this.end;
  }

  /** Moves over `length` bytes; -1 when they are not there. */
  #take(length: number): number {
    const at = this.position;
    if (length < 0 || length > this.end - at || this.failed) {
      this.fail();
      return -1;
    }
    this.position = at + length;
    return at;
  }

  bool(): boolean {
    return this.int8() !== 0;
  }

  int8(): number {
    const at = this.#take(1);
    return at < 0 ? 0 : (this.buffer[at]! << 24) >> 24;
  }

  int16(): number {
    const at = this.#take(2);
    return at < 0 ? 0 : ((this.buffer[at]! << 24) >> 16) | this.buffer[at + 1]!;
  }

  uint16(): number {
    const at = this.#take(2);
    return at < 0 ? 0 : (this.buffer[at]! << 8) | this.buffer[at + 1]!;
  }

  int32(): number {
    const at = this.#take(4);
    if (at < 0) return 0;
    const b = this.buffer;
    return (b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!;
  }

  uint32(): number {
    return this.int32() >>> 0;
  }

  int64(): number {
    const high = this.int32();
    const low = this.int32() >>> 0;
    return high * 0x100000000 + low;
  }

  bigint64(): bigint {
    const at = this.#take(8);
    return at < 0 ? 0n : this.buffer.readBigInt64BE(at);
  }

  float64(): number {
    const at = this.#take(8);
    return at < 0 ? 0 : this.buffer.readDoubleBE(at);
  }

  uuid(): string {
    const at = this.#take(16);
    return at < 0 ? '' : this.buffer.toString('base64url', at, at + 16);
  }

  /** An unsigned variable-length integer of at most 32 bits. */
  uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const at = this.#take(1);
      if (at < 0) return 0;
      const byte = this.buffer[at]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (shift === 28 && byte > 0x0f) break;
        return value >>> 0;
      }
    }
    this.fail();
    return 0;
  }

  /** The length of a string, bytes or an array: -1 stands for null. */
  length16(): number {
    return this.int16();
  }

  length32(): number {
    return this.int32();
  }

  compactLength(): number {
    return this.uvarint() - 1;
  }

  /** Text of `length` bytes; null when `length` is -1 and the field may be null. */
  string(length: number, nullable: boolean): string | null {
    if (length === -1 && nullable) return null;
    const at = this.#take(length);
    return at < 0 ? '' : this.buffer.toString('utf8', at, at + length);
  }

  bytes(length: number, nullable: boolean): Buffer | null {
    if (length === -1 && nullable) return null;
    const at = this.#take(length);
    return at < 0 ? ZERO_BYTES : this.buffer.subarray(at, at + length);
  }

  /**
   * Checks an array's length against the bytes that remain, each element taking at least
   * `elementBytes`. Gives 0 after a failure and -1 for an allowed null.
   */
  arrayLength(length: number, nullable: boolean, elementBytes: number): number {
    if (length === -1 && nullable) return -1;
    if (length < 0 || length * elementBytes > this.end - this.position || this.failed) {
      this.fail();
      return 0;
    }
    return length;
  }

  /** As arrayLength, for structs: objects cost many times their bytes, so their number is bounded too. */
  structs(length: number, nullable: boolean, elementBytes: number): number {
    const count = this.arrayLength(length, nullable, elementBytes);
    if (count > 0) this.#structs += count;
    if (this.#structs > MAX_STRUCTS) {
      this.fail();
      return 0;
    }
    return count;
  }

  /** The number of tagged fields that follow. */
  tagCount(): number {
    const count = this.uvarint();
    if (count > MAX_TAGS || count * 2 > this.end - this.position) {
      this.fail();
      return 0;
    }
    return count;
  }

  /** Narrows the reader to a tagged field's bytes; gives the end to come back to. */
  enterTag(): number {
    const size = this.uvarint();
    const outer = this.end;
    if (size > outer - this.position) {
      this.fail();
      return outer;
    }
    this.end = this.position + size;
    return outer;
  }

  /** Leaves a tagged field, which must have been read to its last byte. */
  leaveTag(outer: number): void {
    if (this.position !== this.end) this.failed = true;
    this.end = outer;
    if (this.failed) this.position = outer;
  }

  skipTag(): void {
    this.#take(this.uvarint());
  }
}
