/** A raw client connection that looks only at the head of each response. */
import { connect } from 'node:net';

/** Bytes of a response that its reader sees, the frame's length included. */
const headSize = 256;
const readBuffer = Buffer.allocUnsafeSlow(1 << 20); // shared: a read is scanned before the next

/**
 * @typedef {object} Receiver
 * @property {(head: Buffer, sizeBytes: number) => void} reply called for each response with its
 *   first bytes, which are overwritten by the next, and the size of its frame with the length; what
 *   it throws goes to `lost`
 * @property {() => void} turn called after the replies that came together
 * @property {(error: Error) => void} lost called when it cannot go on: it ended before `close`
 */

export class RawConnection {
  #head = Buffer.alloc(headSize);
  #got = 0;
  #total = 0;
  #closed = false;

  /**
   * @param {number} port on the loopback interface
   * @param {Receiver} receiver
   */
  constructor(port, receiver) {
    this.receiver = receiver;
    const lost = (/** @type {Error} */ error) => this.#closed || receiver.lost(error);
    this.socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: (size) => {
          try {
            this.#scan(size);
          } catch (error) {
            lost(/** @type {Error} */ (error)); // the receiver refuses the reply
          }
          return true;
        },
      },
    });
    this.socket.on('error', lost);
    this.socket.on('close', () => lost(new Error('the server closed the connection')));
  }

  /** @param {Buffer | Buffer[]} frames one or more whole requests; an array goes in one vectored write */
  send(frames) {
    if (Buffer.isBuffer(frames)) {
      this.socket.write(frames);
      return;
    }
    this.socket.cork();
    for (const part of frames) this.socket.write(part);
    this.socket.uncork();
  }

  close() {
    this.#closed = true;
    this.socket.destroy();
  }

  /** @param {number} size of what `readBuffer` holds */
  #scan(size) {
    for (let at = 0; at < size; ) {
      const wanted = this.#got < 4 ? 4 : Math.min(this.#total, headSize);
      if (this.#got < wanted) {
        const copied = readBuffer.copy(
          this.#head,
          this.#got,
          at,
          Math.min(size, at + wanted - this.#got),
        );
        this.#got += copied;
        at += copied;
        if (this.#got === 4) this.#total = 4 + this.#head.readInt32BE(0);
      } else {
        const skipped = Math.min(this.#total - this.#got, size - at);
        this.#got += skipped;
        at += skipped;
      }
      if (this.#got > 4 && this.#got === this.#total) {
        this.#got = 0;
        this.receiver.reply(this.#head, this.#total);
      }
    }
    this.receiver.turn();
  }
}
