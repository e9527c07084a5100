export const PAGE_BYTES = 4096;

/** The bytes of a file, in pages that exist only where something was written. */
export class SparseBytes {
  readonly #pages = new Map<number, Buffer>();
  #sizeBytes = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get allocatedBytes(): number {
    return this.#pages.size * PAGE_BYTES;
  }

  write(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length; ) {
      const at = position + done;
      const offset = at % PAGE_BYTES;
      const count = Math.min(PAGE_BYTES - offset, bytes.length - done);
      this.#page(Math.floor(at / PAGE_BYTES)).set(bytes.subarray(done, done + count), offset);
      done += count;
    }
    if (bytes.length > 0) this.#sizeBytes = Math.max(this.#sizeBytes, position + bytes.length);
  }

  /** Up to `length` bytes from `position`, fewer at the end of the file. */
  read(position: number, length: number): Buffer {
    const end = Math.max(position, Math.min(this.#sizeBytes, position + length));
    const target = Buffer.alloc(end - position);
    for (let at = position; at < end; ) {
      const offset = at % PAGE_BYTES;
      const count = Math.min(PAGE_BYTES - offset, end - at);
      const page = this.#pages.get(Math.floor(at / PAGE_BYTES));
      page?.copy(target, at - position, offset, offset + count);
      at += count;
    }
    return target;
  }

  /** Cuts, or extends with zeros. */
  resize(sizeBytes: number): void {
    if (sizeBytes < this.#sizeBytes) this.clear(sizeBytes, this.#sizeBytes);
    this.#sizeBytes = sizeBytes;
  }

  /** Zeros `[from, to)`. */
  clear(from: number, to: number): void {
    for (const [index, page] of this.#pages) {
      const start = index * PAGE_BYTES;
      if (from <= start && start + PAGE_BYTES <= to) this.#pages.delete(index);
      else if (from < start + PAGE_BYTES && start < to) {
        page.fill(0, Math.max(0, from - start), Math.min(PAGE_BYTES, to - start));
      }
    }
  }

  hasPage(position: number): boolean {
    return this.#pages.has(Math.floor(position / PAGE_BYTES));
  }

  /** Where pages that exist start, in `[from, to)`. */
  pagesWithin(from: number, to: number): number[] {
    return [...this.#pages.keys()]
      .map((index) => index * PAGE_BYTES)
      .filter((start) => start + PAGE_BYTES > from && start < to);
  }

  clone(): SparseBytes {
    const copy = new SparseBytes();
    for (const [index, page] of this.#pages) copy.#pages.set(index, Buffer.from(page));
    copy.#sizeBytes = this.#sizeBytes;
    return copy;
  }

  #page(index: number): Buffer {
    let page = this.#pages.get(index);
    if (page === undefined) {
      page = Buffer.alloc(PAGE_BYTES);
      this.#pages.set(index, page);
    }
    return page;
  }
}
