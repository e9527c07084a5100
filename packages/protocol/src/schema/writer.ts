/** Byte strings from this size on are handed to the socket as they are, not copied. */
const COPY_LIMIT = 1024;

/** Bytes of which a message knows only how many they are: of a file, for whoever sends them to read. */
export interface UnreadBytes {
  readonly length: number;
}

/** A piece of what was written. */
export type Chunk = Uint8Array | UnreadBytes;

/**
 * Writes the primitives of the protocol into a growing buffer. Large byte strings are referenced,
 * not copied: `chunks()` gives the pieces in order, for one vectored write.
 */
export class Writer {
  buffer: Buffer;
  position = 0;
  #start = 0;
  #done: Chunk[] = [];
  #doneBytes = 0;

  constructor(capacity = 512) {
    this.buffer = Buffer.allocUnsafe(capacity);
  }

  /** Bytes written so far, in all pieces. */
  sizeBytes(): number {
    return this.#doneBytes + this.position - this.#start;
  }

  /** Everything written, in order. The writer is not used afterwards. */
  chunks(): Chunk[] {
    this.#cut();
    return this.#done;
  }

  /** Everything written, as one buffer; only without unread bytes. */
  toBuffer(): Buffer {
    if (this.#done.length === 0) return this.buffer.subarray(this.#start, this.position);
    return Buffer.concat(this.chunks() as Uint8Array[]);
  }

  #cut(): void {
    if (this.position === this.#start) return;
    this.#done.push(this.buffer.subarray(this.#start, this.position));
    this.#doneBytes += this.position - this.#start;
    this.#start = this.position;
  }

  /** Makes room for `length` bytes; gives where they go. */
  #room(length: number): number {
    const at = this.position;
    if (at + length > this.buffer.length) this.#grow(length);
    const from = this.position;
    this.position = from + length;
    return from;
  }

  #grow(length: number): void {
    const used = this.position - this.#start;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.buffer.length, used + length));
    this.buffer.copy(larger, 0, this.#start, this.position);
    this.buffer = larger;
    this.#start = 0;
    this.position = used;
  }

  bool(value: boolean): void {
    this.int8(value ? 1 : 0);
  }

  int8(value: number): void {
    const at = this.#room(1);
    this.buffer[at] = value;
  }

  int16(value: number): void {
    const at = this.#room(2);
    this.buffer[at] = value >>> 8;
    this.buffer[at + 1] = value;
  }

  uint16(value: number): void {
    this.int16(value);
  }

  int32(value: number): void {
    const at = this.#room(4);
    const b = this.buffer;
    b[at] = value >>> 24;
    b[at + 1] = value >>> 16;
    b[at + 2] = value >>> 8;
    b[at + 3] = value;
  }

  uint32(value: number): void {
    this.int32(value);
  }

  int64(value: number): void {
    if (value >= 0x8000000000000000) {
      this.int32(0x7fffffff);
      this.int32(-1);
      return;
    }
    this.int32(Math.floor(value / 0x100000000));
    this.int32(value % 0x100000000);
  }

  bigint64(value: bigint): void {
    const at = this.#room(8);
    this.buffer.writeBigInt64BE(value, at);
  }

  float64(value: number): void {
    const at = this.#room(8);
    this.buffer.writeDoubleBE(value, at);
  }

  uuid(value: string): void {
    const at = this.#room(16);
    if (this.buffer.write(value, at, 16, 'base64url') !== 16) {
      throw new TypeError(`not a uuid: ${JSON.stringify(value)}`);
    }
  }

  uvarint(value: number): void {
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.int8((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.int8(rest);
  }

  string(value: string): void {
    const size = Buffer.byteLength(value);
    if (size > 0x7fff) throw new RangeError(`a string of ${size} bytes is longer than 32767`);
    this.int16(size);
    this.#text(value, size);
  }

  compactString(value: string): void {
    const size = Buffer.byteLength(value);
    if (size > 0x7fff) throw new RangeError(`a string of ${size} bytes is longer than 32767`);
    this.uvarint(size + 1);
    this.#text(value, size);
  }

  #text(value: string, size: number): void {
    const at = this.#room(size);
    // Short ASCII, the usual case, is quicker in a loop than through the call into C++.
    if (size === value.length && size < 24) {
      for (let i = 0; i < size; i++) this.buffer[at + i] = value.charCodeAt(i);
    } else {
      this.buffer.write(value, at, size, 'utf8');
    }
  }

  bytes(value: Uint8Array): void {
    this.int32(value.length);
    this.raw(value);
  }

  compactBytes(value: Uint8Array): void {
    this.uvarint(value.length + 1);
    this.raw(value);
  }

  records(value: Uint8Array | readonly Chunk[]): void {
    this.int32(sizeOf(value));
    this.#pieces(value);
  }

  compactRecords(value: Uint8Array | readonly Chunk[]): void {
    this.uvarint(sizeOf(value) + 1);
    this.#pieces(value);
  }

  #pieces(value: Uint8Array | readonly Chunk[]): void {
    if (value instanceof Uint8Array) this.raw(value);
    else for (const piece of value) this.raw(piece);
  }

  /** Bytes as they are; large ones are kept by reference. */
  raw(value: Chunk): void {
    if (value.length < COPY_LIMIT && value instanceof Uint8Array) {
      const at = this.#room(value.length);
      this.buffer.set(value, at);
      return;
    }
    this.#cut();
    this.#done.push(value);
    this.#doneBytes += value.length;
  }

  /** A tagged field: its number, its size, its bytes. */
  tag(number: number, content: Writer): void {
    this.uvarint(number);
    this.uvarint(content.sizeBytes());
    for (const chunk of content.chunks()) this.raw(chunk);
  }
}

function sizeOf(value: Uint8Array | readonly Chunk[]): number {
  if (value instanceof Uint8Array) return value.length;
  let size = 0;
  for (const piece of value) size += piece.length;
  return size;
}
