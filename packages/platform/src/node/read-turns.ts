/** What all connections together may read in a turn of the event loop, while they are few. */
const TURN_BYTES = 1024 * 1024;
/** However many they are: below this, a read costs more than its bytes. */
const LEAST_SHARE_BYTES = 64 * 1024;

/**
 * Whose turn it is to read. libuv reads a socket that fills its buffer again, up to 32 times, before it
 * looks at any other, and what has been read is handled at once: one busy connection would be all that
 * a server does for many milliseconds. So a connection that has read its share of a turn waits until
 * the others had theirs. The share is what a turn has, divided by those that used theirs up in the last
 * turn, as a power of two.
 */
export class ReadTurns<Connection> {
  #shareBytes = TURN_BYTES;
  #waiting: Connection[] = [];

  /** The most that a connection may read in this turn. */
  get shareBytes(): number {
    return this.#shareBytes;
  }

  /** It has read its share. True for the first one: somebody has to end the turn. */
  wait(connection: Connection): boolean {
    return this.#waiting.push(connection) === 1;
  }

  /** The next turn begins, in which these read on, in this order. */
  next(): readonly Connection[] {
    const waited = this.#waiting;
    this.#waiting = [];
    const share = TURN_BYTES >>> (32 - Math.clz32(Math.max(1, waited.length) - 1));
    this.#shareBytes = Math.max(LEAST_SHARE_BYTES, share);
    return waited;
  }
}
