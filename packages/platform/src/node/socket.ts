import type { Socket as TcpSocket } from 'node:net';
import type { Address, Piece, Socket } from '../ports/network.ts';
import { RangeSender } from './range-sender.ts';

/** Bytes waiting to be sent from which on `write` asks to stop. */
const WRITE_LIMIT_BYTES = 1024 * 1024;
/** So few bytes are copied into one buffer: each piece of its own costs the stream more than that. */
const JOIN_LIMIT_BYTES = 2048;

/**
 * One TCP connection. Its bytes come from the stream's 'data' events, or from whoever reads for it
 * and calls `received` (the shared reader).
 */
export class NodeSocket implements Socket {
  readonly remote: Address;
  readonly local: Address;
  onData: (chunk: Buffer) => void = () => {};
  onClose: (error?: Error) => void = () => {};
  onDrain: () => void = () => {};
  room: (mostBytes: number) => Buffer | null = () => null;
  /** How much the kernel holds at most of what is to be sent, from the first range on; null: it decides. */
  sendBufferBytes: number | null = null;

  readonly #tcp: TcpSocket;
  #error: Error | undefined;
  /** From the first range on: most connections never send one. */
  #ranges: RangeSender | null = null;
  #awaitsDrain = false;
  #paused = false;
  #ending = false;

  constructor(tcp: TcpSocket) {
    this.#tcp = tcp;
    this.remote = { host: plainHost(tcp.remoteAddress), port: tcp.remotePort ?? 0 };
    this.local = { host: plainHost(tcp.localAddress), port: tcp.localPort ?? 0 };
    tcp.on('error', (error) => {
      this.#error = error;
    });
    tcp.on('close', () => {
      this.#ranges?.abandon();
      this.onClose(this.#error);
    });
    tcp.on('drain', () => this.#drained());
  }

  received(chunk: Buffer): void {
    this.onData(chunk);
  }

  write(pieces: readonly Piece[], onReleased?: () => void): boolean {
    if (!this.#tcp.writable || this.#ending) {
      // Closing: onClose tells, and nothing would ever drain.
      onReleased?.();
      return true;
    }
    if (this.#ranges?.isSending !== true && inMemory(pieces)) {
      this.#writeBuffers(pieces, onReleased);
    } else {
      this.#ranges ??= new RangeSender(this.#tcp, () => this.#rangesSent(), this.sendBufferBytes);
      this.#ranges.write(pieces, onReleased);
    }
    this.#awaitsDrain ||= this.#waitingBytes >= WRITE_LIMIT_BYTES;
    return !this.#awaitsDrain;
  }

  #writeBuffers(buffers: readonly Uint8Array[], onReleased: (() => void) | undefined): void {
    const tcp = this.#tcp;
    const last = buffers.length - 1;
    const joined = last > 0 ? joinSmall(buffers) : null;
    if (joined !== null) {
      tcp.write(joined);
      onReleased?.();
      return;
    }
    if (last > 0) tcp.cork(); // several writes under a cork leave as one writev
    for (let i = 0; i < last; i++) tcp.write(buffers[i] as Uint8Array);
    // With an error too: libuv has let go of the bytes before it tells of it.
    if (onReleased === undefined) tcp.write(buffers[last] as Uint8Array);
    else tcp.write(buffers[last] as Uint8Array, () => onReleased());
    if (last > 0) tcp.uncork();
  }

  get #waitingBytes(): number {
    return this.#tcp.writableLength + (this.#ranges?.waitingBytes ?? 0);
  }

  /** There is room again: the stream says so when it has nothing left, or the last range has gone. */
  #drained(): void {
    if (!this.#awaitsDrain || this.#waitingBytes >= WRITE_LIMIT_BYTES) return;
    this.#awaitsDrain = false;
    this.onDrain();
  }

  #rangesSent(): void {
    if (this.#ending) this.#tcp.end();
    else this.#drained();
  }

  pause(): void {
    this.#paused = true;
    this.#tcp.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#tcp.resume();
  }

  /** Others had their turn: goes on where the reader has stopped. */
  readOn(): void {
    if (!this.#paused) this.#tcp.resume();
  }

  end(): void {
    this.#ending = true;
    if (this.#ranges?.isSending !== true) this.#tcp.end();
  }

  destroy(): void {
    this.#tcp.destroy();
  }
}

function inMemory(pieces: readonly Piece[]): pieces is readonly Uint8Array[] {
  return pieces.every((piece) => piece instanceof Uint8Array);
}

/** One buffer of all, where they are small together. */
function joinSmall(buffers: readonly Uint8Array[]): Buffer | null {
  let size = 0;
  for (const buffer of buffers) size += buffer.length;
  if (size > JOIN_LIMIT_BYTES) return null;
  const joined = Buffer.allocUnsafe(size);
  let at = 0;
  for (const buffer of buffers) {
    joined.set(buffer, at);
    at += buffer.length;
  }
  return joined;
}

/** IPv4 peers of a dual-stack listener show as `::ffff:10.0.0.1`. Empty when they already left. */
function plainHost(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/, '');
}
