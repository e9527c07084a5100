import type { Scheduler } from '../world/scheduler.ts';
import type { SimulatedNetwork } from './simulated-network.ts';

/** What travels: bytes, the end of the stream, or the news that the connection is broken. */
export type Segment = Uint8Array | 'end' | 'reset';

export interface Receiver {
  readonly paused: boolean;
  /** Bytes are the receiver's own. */
  receive(segment: Buffer | 'end' | 'reset'): void;
}

/** One direction of a connection: segments arrive late, but all of them and in order. */
export class OneWay {
  readonly #network: SimulatedNetwork;
  readonly #scheduler: Scheduler;
  readonly #from: string;
  readonly #to: string;
  readonly #receiver: () => Receiver;
  readonly #queue: { segment: Segment; readonly arrivesAtMs: number }[] = [];
  readonly #onArrived: (sizeBytes: number) => void;

  constructor(options: {
    network: SimulatedNetwork;
    scheduler: Scheduler;
    from: string;
    to: string;
    receiver: () => Receiver;
    onArrived: (sizeBytes: number) => void;
  }) {
    this.#network = options.network;
    this.#scheduler = options.scheduler;
    this.#from = options.from;
    this.#to = options.to;
    this.#receiver = options.receiver;
    this.#onArrived = options.onArrived;
  }

  send(segment: Segment): void {
    const latencyMs = this.#network.drawLatencyMs(this.#from, this.#to);
    this.#queue.push({ segment, arrivesAtMs: this.#scheduler.nowMs + latencyMs });
    const what = typeof segment === 'string' ? segment : `${segment.length} bytes`;
    this.#pumpIn(latencyMs, what);
  }

  /** Loses the newest segments from some point on, as a sender that dies does. */
  loseSome(): void {
    this.#queue.length = this.#network.random.below(this.#queue.length + 1);
  }

  /** The sender's bytes may change from now on. */
  copyBytes(): void {
    for (const queued of this.#queue) {
      if (typeof queued.segment !== 'string') queued.segment = Buffer.from(queued.segment);
    }
  }

  /** Looks again for what can arrive: after a healed partition, or when reading goes on. */
  pumpSoon(): void {
    if (this.#queue.length > 0) this.#pumpIn(0, 'goes on');
  }

  #pumpIn(delayMs: number, what: string): void {
    const label = `network ${this.#from} > ${this.#to} ${what}`;
    this.#scheduler.schedule(delayMs, label, () => this.#pump());
  }

  /**
   * Takes the oldest segment, if it is due: faster ones behind it wait. One for each event, so that
   * what it sets off is done before the next one.
   */
  #pump(): void {
    const next = this.#queue[0];
    if (next === undefined || next.arrivesAtMs > this.#scheduler.nowMs) return;
    const receiver = this.#receiver();
    if (receiver.paused || this.#network.isCut(this.#from, this.#to)) return;
    this.#queue.shift();
    const following = this.#queue[0];
    if (following !== undefined && following.arrivesAtMs <= this.#scheduler.nowMs) this.pumpSoon();
    if (typeof next.segment === 'string') return receiver.receive(next.segment);
    const chunk = Buffer.from(next.segment);
    this.#onArrived(chunk.length); // what was sent may change from now on
    receiver.receive(chunk);
  }
}
