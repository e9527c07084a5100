const CHUNK_BYTES = 64 * 1024;
const LEAST_CHUNK_BYTES = 256;

/**
 * The bytes of a file as a list of chunks: it grows without a copy of what is there. Only the first chunk may
 * be short, for small files, and where nothing was written there is none.
 */
export class ChunkedBytes {
  readonly #chunks: (Buffer | undefined)[] = [];
  #sizeBytes = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  write(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length; ) {
      const offset = (position + done) % CHUNK_BYTES;
      const count = Math.min(CHUNK_BYTES - offset, bytes.length - done);
      const chunk = this.#chunk(Math.floor((position + done) / CHUNK_BYTES), offset + count);
      chunk.set(bytes.subarray(done, done + count), offset);
      done += count;
    }
    if (bytes.length > 0) this.#sizeBytes = Math.max(this.#sizeBytes, position + bytes.length);
  }

  /** Copies up to `length` bytes from `position` to `target`, and gives how many. */
  read(target: Uint8Array, targetStart: number, length: number, position: number): number {
    const total = Math.max(0, Math.min(length, this.#sizeBytes - position));
    for (let done = 0; done < total; ) {
      const offset = (position + done) % CHUNK_BYTES;
      const count = Math.min(CHUNK_BYTES - offset, total - done);
      const chunk = this.#chunks[Math.floor((position + done) / CHUNK_BYTES)];
      const found = chunk?.subarray(offset, offset + count) ?? new Uint8Array(0);
      target.set(found, targetStart + done);
      target.fill(0, targetStart + done + found.length, targetStart + done + count);
      done += count;
    }
    return total;
  }

  /** Cuts, or extends with zeros. */
  resize(sizeBytes: number): void {
    if (sizeBytes < this.#sizeBytes) {
      this.#chunks.length = Math.min(this.#chunks.length, Math.ceil(sizeBytes / CHUNK_BYTES));
      const offset = sizeBytes % CHUNK_BYTES;
      if (offset > 0) this.#chunks[Math.floor(sizeBytes / CHUNK_BYTES)]?.fill(0, offset);
    }
    this.#sizeBytes = sizeBytes;
  }

  /** A chunk with at least `neededBytes`, of which those that were not written are zeros. */
  #chunk(index: number, neededBytes: number): Buffer {
    const found = this.#chunks[index];
    if (found !== undefined && found.length >= neededBytes) return found;
    let sizeBytes = LEAST_CHUNK_BYTES;
    const least = index > 0 ? CHUNK_BYTES : neededBytes;
    while (sizeBytes < least) sizeBytes *= 2;
    const chunk = Buffer.alloc(sizeBytes);
    if (found !== undefined) chunk.set(found);
    this.#chunks[index] = chunk;
    return chunk;
  }
}
