import type { Piece, Socket } from '@tidelog/platform';

interface Reply {
  readonly chunks: Piece[];
  readonly onReleased: (() => void) | null;
}

/** Tells all replies of a write at once that their bytes are free; undefined where none wants to know. */
function whenReleased(replies: readonly Reply[]): (() => void) | undefined {
  for (const { onReleased } of replies) {
    if (onReleased === null) continue;
    if (replies.length === 1) return onReleased;
    return () => {
      for (const reply of replies) reply.onReleased?.();
    };
  }
  return undefined;
}

/** What all replies consist of, in their order. */
function chunksOf(replies: readonly Reply[]): Piece[] {
  if (replies.length === 1) return replies[0]!.chunks;
  const all: Piece[] = [];
  for (const { chunks } of replies) for (const chunk of chunks) all.push(chunk);
  return all;
}

/**
 * The replies of one connection, sent in the order in which their slots were reserved, whatever
 * the order in which they are settled. All that is ready leaves in one write.
 */
export class ReplyQueue {
  readonly #socket: Socket;
  readonly #onRoom: () => void;
  readonly #slots: (Reply | null)[] = [];
  /** Slot number of `#slots[0]`. */
  #first = 0;
  #blocked = false;
  #scheduled = false;
  #abandoned = false;

  constructor(socket: Socket, onRoom: () => void) {
    this.#socket = socket;
    this.#onRoom = onRoom;
  }

  /** Replies that have not been handed to the socket. */
  get length(): number {
    return this.#slots.length;
  }

  /** The peer does not read as fast as replies are made. */
  get blocked(): boolean {
    return this.#blocked;
  }

  reserve(): number {
    this.#slots.push(null);
    return this.#first + this.#slots.length - 1;
  }

  /** `onReleased`: called once, when the chunks have left for the kernel or never will. */
  settle(slot: number, chunks: Piece[], onReleased: (() => void) | null = null): void {
    if (this.#abandoned) onReleased?.();
    else this.#slots[slot - this.#first] = { chunks, onReleased };
  }

  /** Sends what is ready. */
  flush(): void {
    let ready = 0;
    while (ready < this.#slots.length && this.#slots[ready] !== null) ready++;
    if (ready === 0 || this.#abandoned) return;
    const done = this.#slots.splice(0, ready) as Reply[];
    this.#first += ready;
    const chunks = chunksOf(done);
    const released = whenReleased(done);
    if (chunks.length === 0) released?.();
    else if (!this.#socket.write(chunks, released)) this.#blocked = true;
    this.#onRoom();
  }

  /** Sends at the end of this turn, together with what else becomes ready in it. */
  flushSoon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  drained(): void {
    this.#blocked = false;
    this.#onRoom();
  }

  /** The connection is gone. */
  abandon(): void {
    this.#abandoned = true;
    for (const reply of this.#slots.splice(0)) reply?.onReleased?.();
  }
}
