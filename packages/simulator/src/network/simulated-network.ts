import type { Scheduler } from '../world/scheduler.ts';
import type { SeededRandom } from '../world/seeded-random.ts';
import { HostNetwork } from './host-network.ts';

const CABLE_MS = 0.05;

/**
 * The network between the machines of a world. A machine's host name is its name, and `localhost`
 * is the machine itself. What the test decides: delays, broken connections, partitions. Bytes keep
 * their order within a connection and none; across connections they overtake each other.
 */
export class SimulatedNetwork {
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  /** Bounds of the time that bytes travel. Now and then one takes ten times as long. */
  latencyMs = { min: 0.05, max: 2 };
  /** A connection breaks once in so many writes; 0 for never. */
  resetOneIn = 0;

  readonly #hosts = new Map<string, HostNetwork>();
  readonly #names = new Set<string>();
  readonly #cuts = new Set<string>();
  readonly #cables = new Set<string>();
  #parked: { from: string; to: string; what: string; arrive: () => void }[] = [];

  constructor(scheduler: Scheduler, random: SeededRandom) {
    this.scheduler = scheduler;
    this.random = random;
  }

  /** From now on nothing gets from one machine to the other; the way back stays open. */
  cut(from: string, to: string): void {
    this.scheduler.note(`network cut ${from} > ${to}`);
    this.#cuts.add(`${from} > ${to}`);
  }

  /** Ends all cuts. What was on its way arrives, as TCP sends again. */
  heal(): void {
    this.scheduler.note('network heals');
    this.#cuts.clear();
    for (const { from, to, what, arrive } of this.#parked.splice(0)) {
      this.carry(from, to, what, arrive);
    }
    for (const host of this.#hosts.values()) {
      for (const socket of host.connections()) socket.pumpSoon();
    }
  }

  /**
   * Two machines of one rack from now on: what goes from the one to the other takes a moment, always the
   * same, so that bytes don't overtake each other across connections, and none of these breaks by itself.
   */
  cable(a: string, b: string): void {
    this.#cables.add(`${a} > ${b}`);
    this.#cables.add(`${b} > ${a}`);
  }

  isCut(from: string, to: string): boolean {
    return this.#cuts.has(`${from} > ${to}`);
  }

  /** Breaks all connections between two machines. */
  reset(a: string, b: string): void {
    for (const socket of this.host(a)?.connections(b) ?? []) socket.breakDown();
  }

  // For machines and sockets.

  attach(name: string, life: Scheduler): HostNetwork {
    const host = new HostNetwork(this, name, life);
    this.#hosts.set(name, host);
    this.#names.add(name);
    return host;
  }

  detach(host: HostNetwork): void {
    if (this.#hosts.get(host.name) === host) this.#hosts.delete(host.name);
  }

  host(name: string): HostNetwork | undefined {
    return this.#hosts.get(name);
  }

  /** Whether a machine of that name ever ran. */
  knows(name: string): boolean {
    return this.#names.has(name);
  }

  /** Lets a message that belongs to no connection arrive; over a cut, when that is healed. */
  carry(from: string, to: string, what: string, arrive: () => void): void {
    const latencyMs = this.drawLatencyMs(from, to);
    this.scheduler.schedule(latencyMs, `network ${from} > ${to} ${what}`, () => {
      if (this.isCut(from, to)) this.#parked.push({ from, to, what, arrive });
      else arrive();
    });
  }

  drawLatencyMs(from: string, to: string): number {
    if (this.#isCabled(from, to)) return CABLE_MS;
    const { min, max } = this.latencyMs;
    const latencyMs = min + ((max - min) * this.random.below(1000)) / 1000;
    return this.random.oneIn(50) ? latencyMs * 10 : latencyMs;
  }

  drawReset(from: string, to: string): boolean {
    if (this.#isCabled(from, to)) return false;
    return this.resetOneIn > 0 && this.random.oneIn(this.resetOneIn);
  }

  /** Streams have no frames: what was one write may arrive in pieces, cut anywhere. */
  cutIntoPieces(bytes: Uint8Array): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    let rest = bytes;
    while (rest.length > 1 && pieces.length < 8 && this.random.oneIn(3)) {
      const at = 1 + this.random.below(rest.length - 1);
      pieces.push(rest.subarray(0, at));
      rest = rest.subarray(at);
    }
    if (rest.length > 0) pieces.push(rest);
    return pieces;
  }

  #isCabled(from: string, to: string): boolean {
    return this.#cables.has(`${from} > ${to}`);
  }
}
