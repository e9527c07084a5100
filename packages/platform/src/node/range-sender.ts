import type { Socket as TcpSocket } from 'node:net';
import { constants } from 'node:os';
import type { FileRange } from '../ports/disk.ts';
import type { Piece } from '../ports/network.ts';
import { NodeFileRange } from './file-range.ts';
import { native } from './native.ts';
import { descriptorOf } from './descriptor.ts';

const { EAGAIN } = constants.errno;
/** After so many bytes of files in one turn, the other connections have theirs. */
const TURN_BYTES = 1 << 21;
/** What Node's stream gets of a range, to wait for room with: little, since it is copied to pooled memory. */
const WAITING_BYTES = 1 << 11;
/** So much at most is sent after one look whether it is in the page cache, or read where it is not. */
const LOOKED_BYTES = 1 << 19;
/** The same where the kernel cannot send: on a connection with TLS, or from some file systems. */
const COPIED_BYTES = 1 << 18;

interface Write {
  readonly pieces: readonly Piece[];
  readonly onReleased: (() => void) | undefined;
  /** Pieces that have gone, and bytes that have gone of the next one, which is a range then. */
  next: number;
  sentBytes: number;
  /** Bytes of that range that were in the page cache when it was looked at. */
  cachedBytes: number;
}

/**
 * Sends ranges of files by the kernel (`sendfile`), in their order with buffers that go through Node's
 * stream of the same connection.
 *
 * The kernel gets bytes of a file only while the stream has nothing left to write. When the kernel takes no
 * more, the stream gets the next few bytes of the range: its own way of waiting for room then tells when
 * to go on, and nothing overtakes anything.
 */
export class RangeSender {
  readonly #tcp: TcpSocket;
  readonly #onSent: () => void;
  readonly #writes: Write[] = [];
  #pumping = false;
  #waiting = false;

  /**
   * `onSent` is called when there is nothing more to send, unless that is within `write`. `sendBufferBytes`:
   * a kernel that decides by itself how much it takes at once takes so much that each byte costs it more.
   */
  constructor(tcp: TcpSocket, onSent: () => void, sendBufferBytes: number | null = null) {
    this.#tcp = tcp;
    this.#onSent = onSent;
    const socket = descriptorOf(tcp);
    if (socket !== null && sendBufferBytes !== null) native?.setSendBuffer(socket, sendBufferBytes);
  }

  /** Bytes that are neither the stream's nor the kernel's yet. */
  waitingBytes = 0;

  /** There is something to send: what comes later has to wait behind it. */
  get isSending(): boolean {
    return this.#writes.length > 0;
  }

  write(pieces: readonly Piece[], onReleased: (() => void) | undefined): void {
    for (const { length } of pieces) this.waitingBytes += length;
    this.#writes.push({ pieces, onReleased, next: 0, sentBytes: 0, cachedBytes: 0 });
    this.#pump();
  }

  /** The connection is gone, or will be before anything more of this can be sent. */
  abandon(): void {
    this.waitingBytes = 0;
    for (const { onReleased } of this.#writes.splice(0)) onReleased?.();
  }

  #goOn(): void {
    this.#waiting = false;
    if (!this.isSending) return;
    this.#pump();
    if (!this.isSending && this.#tcp.writable) this.#onSent();
  }

  #pump(): void {
    if (this.#pumping || this.#waiting) return;
    this.#pumping = true;
    for (let budget = TURN_BYTES; this.isSending && !this.#waiting; ) {
      if (!this.#tcp.writable) this.abandon();
      else if (budget <= 0) this.#waitForTurn();
      else budget -= this.#sendNext(this.#writes[0]!);
    }
    this.#pumping = false;
  }

  /** Sends one piece, or what can be sent of it; gives the bytes of files among it. */
  #sendNext(write: Write): number {
    const piece = write.pieces[write.next];
    if (piece === undefined) {
      this.#writes.shift();
      write.onReleased?.();
      return 0;
    }
    if (!(piece instanceof Uint8Array)) return this.#sendRange(write, piece);
    this.waitingBytes -= piece.length;
    write.next++;
    if (write.next < write.pieces.length) {
      this.#tcp.write(piece);
      return 0;
    }
    this.#writes.shift();
    this.#tcp.write(piece, () => write.onReleased?.());
    return 0;
  }

  #sendRange(write: Write, range: FileRange): number {
    const socket = descriptorOf(this.#tcp);
    if (native === null || socket === null || !(range instanceof NodeFileRange)) {
      return this.#copy(write, range, COPIED_BYTES);
    }
    if (this.#tcp.writableLength > 0) return this.#copy(write, range, WAITING_BYTES);
    if (write.sentBytes >= write.cachedBytes) {
      const length = Math.min(range.length - write.sentBytes, LOOKED_BYTES);
      if (!range.isCached(write.sentBytes, length)) return this.#copyCold(write, range, length);
      write.cachedBytes = write.sentBytes + length;
    }
    const at = range.position + write.sentBytes;
    const sent = native.sendFile(socket, range.fd, at, write.cachedBytes - write.sentBytes);
    if (sent === -EAGAIN) return this.#copy(write, range, WAITING_BYTES);
    // Not from such a file, or whatever has failed: a read tells whether the disk has, a write the connection.
    if (sent <= 0) return this.#copy(write, range, COPIED_BYTES);
    this.#sent(write, range, sent);
    return sent;
  }

  /** Gives the next bytes of a range to the stream, and waits until it has written them. */
  #copy(write: Write, range: FileRange, most: number): number {
    const bytes = Buffer.allocUnsafe(Math.min(most, range.length - write.sentBytes));
    try {
      if (range.read(bytes, write.sentBytes) < bytes.length) throw endedEarly();
    } catch (error) {
      this.#fail(error as Error);
      return 0;
    }
    this.#waiting = true;
    this.#sent(write, range, bytes.length);
    this.#tcp.write(bytes, () => this.#goOn());
    return bytes.length;
  }

  /** What the disk has to be waited for is read in the thread pool, and goes through the stream. */
  #copyCold(write: Write, range: NodeFileRange, length: number): number {
    const bytes = Buffer.allocUnsafe(length);
    this.#waiting = true;
    range.readLater(bytes, write.sentBytes, (error, count) => {
      if (!this.isSending) return; // the connection has gone meanwhile
      if (error !== null || count < length) {
        this.#fail(error ?? endedEarly());
        return;
      }
      this.#sent(write, range, length);
      this.#tcp.write(bytes, () => this.#goOn());
    });
    return 0;
  }

  #sent(write: Write, range: FileRange, sentBytes: number): void {
    this.waitingBytes -= sentBytes;
    write.sentBytes += sentBytes;
    if (write.sentBytes < range.length) return;
    write.sentBytes = 0;
    write.cachedBytes = 0;
    write.next++;
  }

  #waitForTurn(): void {
    this.#waiting = true;
    setImmediate(() => this.#goOn());
  }

  /** A frame that is cut has to be the connection's last. */
  #fail(error: Error): void {
    this.#tcp.destroy(error);
    this.abandon();
  }
}

/** The file was cut meanwhile. */
function endedEarly(): Error {
  return new Error('a file ended before the range of it that was to be sent');
}
