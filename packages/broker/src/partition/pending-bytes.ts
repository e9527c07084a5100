/** More pieces than this become fewer, larger ones: a transaction may stay open for long. */
const MAX_PIECES = 1024;

/** Bytes of a log that wait for an offset to pass them, in the order of their offsets. */
export class PendingBytes {
  #pieces: { endOffset: number; sizeBytes: number }[] = [];

  add(endOffset: number, sizeBytes: number): void {
    if (sizeBytes === 0) return;
    if (this.#pieces.length === MAX_PIECES) this.#joinPairs();
    this.#pieces.push({ endOffset, sizeBytes });
  }

  /** Takes out what ends at `offset` or before it; how many bytes that were. */
  takeUpTo(offset: number): number {
    let sum = 0;
    let taken = 0;
    for (const { endOffset, sizeBytes } of this.#pieces) {
      if (endOffset > offset) break;
      sum += sizeBytes;
      taken++;
    }
    // One after the other: to set the length is a call into C++, for the one piece that most have.
    if (taken === this.#pieces.length) while (taken-- > 0) this.#pieces.pop();
    else if (taken > 0) this.#pieces.splice(0, taken);
    return sum;
  }

  #joinPairs(): void {
    const pieces = this.#pieces;
    this.#pieces = [];
    for (let i = 0; i < pieces.length; i += 2) {
      const last = pieces[i + 1] ?? pieces[i]!;
      const sizeBytes = pieces[i]!.sizeBytes + (pieces[i + 1]?.sizeBytes ?? 0);
      this.#pieces.push({ endOffset: last.endOffset, sizeBytes });
    }
  }
}
