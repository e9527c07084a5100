import type { Address, Socket } from '@tidelog/platform';
import { systemError } from '../world/failures.ts';
import type { Scheduler } from '../world/scheduler.ts';
import { OneWay } from './one-way.ts';
import type { Receiver } from './one-way.ts';
import type { SimulatedNetwork } from './simulated-network.ts';

const WRITE_LIMIT_BYTES = 1024 * 1024;
/** What a chunk holds after the call that it was valid for. */
const STALE_BYTE = 0xdd;

/** One end of a simulated connection. */
export class SimulatedSocket implements Socket, Receiver {
  readonly remote: Address;
  readonly local: Address;
  onData: (chunk: Buffer) => void = () => {};
  onClose: (error?: Error) => void = () => {};
  onDrain: () => void = () => {};
  room: (mostBytes: number) => Buffer | null = () => null;

  readonly #network: SimulatedNetwork;
  readonly #life: Scheduler;
  readonly #out: OneWay;
  readonly #onGone: () => void;
  #peer: SimulatedSocket | undefined;
  #paused = false;
  #ended = false;
  #closed = false;
  #queuedBytes = 0;
  /** Writes whose bytes somebody wants back, and how many bytes of them and before them are queued. */
  #unreleased: { leftBytes: number; readonly onReleased: () => void }[] = [];
  #awaitsDrain = false;

  /** `life` is the scheduler of the machine that holds this end. */
  constructor(options: {
    network: SimulatedNetwork;
    life: Scheduler;
    local: Address;
    remote: Address;
    onGone: () => void;
  }) {
    this.#network = options.network;
    this.#life = options.life;
    this.local = options.local;
    this.remote = options.remote;
    this.#onGone = options.onGone;
    this.#out = new OneWay({
      network: options.network,
      scheduler: options.network.scheduler,
      from: options.local.host,
      to: options.remote.host,
      receiver: () => this.#peer as SimulatedSocket,
      onArrived: (sizeBytes) => this.#arrived(sizeBytes),
    });
  }

  /** Joins two ends into one connection. */
  static join(a: SimulatedSocket, b: SimulatedSocket): void {
    a.#peer = b;
    b.#peer = a;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Outgoing bytes travel on, if they can. */
  pumpSoon(): void {
    this.#out.pumpSoon();
  }

  write(buffers: readonly Uint8Array[], onReleased?: () => void): boolean {
    if (this.#ended || this.#closed) {
      onReleased?.();
      return true;
    }
    for (const buffer of buffers) {
      this.#queuedBytes += buffer.length;
      for (const piece of this.#network.cutIntoPieces(buffer)) this.#out.send(piece);
    }
    if (onReleased !== undefined) {
      this.#unreleased.push({ leftBytes: this.#queuedBytes, onReleased });
    }
    if (this.#network.drawReset(this.local.host, this.remote.host)) this.breakDown();
    this.#awaitsDrain ||= this.#queuedBytes >= WRITE_LIMIT_BYTES;
    return !this.#awaitsDrain;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#peer?.pumpSoon();
  }

  end(): void {
    if (this.#ended || this.#closed) return;
    this.#ended = true;
    this.#out.send('end');
  }

  destroy(): void {
    if (this.#closed) return;
    if (this.#network.random.oneIn(2)) {
      this.#out.loseSome();
      this.#out.send('reset');
    } else if (!this.#ended) {
      this.#out.send('end');
    }
    this.#close();
  }

  /** The connection breaks: both ends get ECONNRESET. */
  breakDown(): void {
    if (this.#closed) return;
    this.#out.loseSome();
    this.#out.send('reset');
    this.#close(this.#resetError());
  }

  /** The machine is gone, without a word to the program. */
  vanish(): void {
    this.#closed = true;
    this.#out.loseSome();
    this.#out.send('reset');
  }

  receive(segment: Buffer | 'end' | 'reset'): void {
    if (this.#closed) return;
    if (segment === 'reset') return this.#close(this.#resetError());
    if (segment === 'end') {
      this.end();
      return this.#close();
    }
    this.#deliver(segment);
    segment.fill(STALE_BYTE);
  }

  /** As a kernel does it: first into the room that there is, the rest into a chunk. */
  #deliver(segment: Buffer): void {
    let at = 0;
    while (at < segment.length && !this.#closed) {
      const room = this.room(segment.length - at);
      const chunk = room ?? segment.subarray(at);
      if (room !== null) segment.copy(room, 0, at);
      at += chunk.length;
      this.onData(chunk);
    }
  }

  #arrived(sizeBytes: number): void {
    this.#queuedBytes -= sizeBytes;
    for (const write of this.#unreleased) write.leftBytes -= sizeBytes;
    while (this.#unreleased[0] !== undefined && this.#unreleased[0].leftBytes <= 0) {
      this.#unreleased.shift()!.onReleased();
    }
    if (!this.#awaitsDrain || this.#queuedBytes > 0) return;
    this.#awaitsDrain = false;
    this.#life.schedule(0, 'network drained', () => {
      if (!this.#closed) this.onDrain();
    });
  }

  #close(error?: Error): void {
    this.#closed = true;
    this.#onGone();
    // What is on its way is the network's.
    this.#out.copyBytes();
    for (const { onReleased } of this.#unreleased.splice(0)) onReleased();
    this.#life.schedule(0, 'network closed', () => this.onClose(error));
  }

  #resetError(): Error {
    return systemError('ECONNRESET', `${this.remote.host}:${this.remote.port}`);
  }
}
