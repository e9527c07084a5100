/** The most that is read at once: a batch of 1 MiB with what is around it. */
export const SHARE_BYTES = (1024 + 64) * 1024;
/** The most in a turn in which much was read already: several batches of common sizes, uncut. */
export const LESSER_SHARE_BYTES = 512 * 1024;
/** So much is much. */
const MUCH_BYTES = 128 * 1024;

/**
 * Whose turn it is to read. libuv reads a socket that fills its buffer again, up to 32 times, before it
 * looks at any other, and what has been read is handled at once: one busy connection would be all that
 * a server does for many milliseconds. So who has read much in a turn of the event loop, and has more,
 * waits. Of these one reads on in each turn, and not all of them a little: a large frame is complete,
 * and its memory free for the next, while it is in the processor's cache.
 */
export class ReadTurns<Connection> {
  #isOpen = true;
  /** In the order of their turns. */
  readonly #waiting = new Set<Connection>();

  /** The most that a connection may read at once. */
  get shareBytes(): number {
    return this.#isOpen ? SHARE_BYTES : LESSER_SHARE_BYTES;
  }

  /** Nobody has read much in this turn. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** So much was read. True where that is much: who has more waits, and somebody ends the turn. */
  read(byteCount: number): boolean {
    if (byteCount < MUCH_BYTES) return false;
    this.#isOpen = false;
    return true;
  }

  /** Once is enough for one that was resumed by others meanwhile. */
  wait(connection: Connection): void {
    this.#waiting.add(connection);
  }

  /** The next turn begins, in which this one reads on. */
  next(): Connection | undefined {
    this.#isOpen = true;
    const [first] = this.#waiting;
    if (first !== undefined) this.#waiting.delete(first);
    return first;
  }
}
