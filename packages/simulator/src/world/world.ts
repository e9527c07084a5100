import type { Timer } from '@tidelog/platform';
import { SimulatedNetwork } from '../network/simulated-network.ts';
import { EventHeap } from './event-heap.ts';
import { ignoreCrash } from './failures.ts';
import { Machine } from './machine.ts';
import type { Scheduler } from './scheduler.ts';
import { SeededRandom } from './seeded-random.ts';
import { Trace } from './trace.ts';

/** 2026-01-01, so that simulated wall clocks look like real ones. */
const EPOCH_MS = Date.UTC(2026, 0, 1);

/**
 * A world in which everything that happens follows from one seed.
 *
 * Programs run on `Machine`s, with the ports of @tidelog/platform. Whatever they start comes back
 * as an event of one heap; between two events everything that the first one set off is run to its
 * end: promise callbacks run in an order that the language defines, so only the heap decides what
 * happens when. The end of a run of promise callbacks is awaited by giving Node's event loop one
 * turn (`setImmediate`): no real time enters. What would break the order is work on real timers,
 * sockets, files or Node's threads (zlib, crypto), so programs must not do that behind the ports.
 *
 * Drive it with `step`, `runFor`, `runUntil` and `settle`, always from outside of the events. A
 * program's promise must be held and its CrashSignal caught, or Node takes it for unhandled.
 *
 * @example Crash a program in its third change of the disk, and look at what is left.
 * const machine = world.machine('broker-0');
 * const platform = machine.boot();
 * platform.disk.crashAtOperation(3);
 * program(platform).catch(ignoreCrash);
 * await world.runUntil(() => !machine.running);
 * check(machine.disk); // or machine.boot(), and start the program again
 */
export class World implements Scheduler {
  readonly seed: number | string;
  readonly random: SeededRandom;
  readonly trace = new Trace();
  readonly network: SimulatedNetwork;
  readonly #heap = new EventHeap();
  readonly #machines = new Map<string, Machine>();
  #nowMs = 0;

  constructor(seed: number | string) {
    this.seed = seed;
    this.random = new SeededRandom(seed);
    this.network = new SimulatedNetwork(this, this.random.fork('network'));
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  schedule(delayMs: number, label: string, run: () => void): Timer {
    return this.#heap.add(this.#nowMs + delayMs, label, run);
  }

  note(line: string): void {
    this.trace.add(`${this.#nowMs} ${line}`);
  }

  /** The machine of that name, which is also its host name; made on first use. */
  machine(name: string): Machine {
    let machine = this.#machines.get(name);
    if (machine === undefined) {
      machine = new Machine(this, name, EPOCH_MS);
      this.#machines.set(name, machine);
    }
    return machine;
  }

  /** Lets the next event happen, with all that follows from it at once. False: none was left. */
  async step(): Promise<boolean> {
    await finishPromiseCallbacks();
    const event = this.#heap.take();
    if (event === undefined) return false;
    this.#nowMs = event.atMs;
    this.note(event.label);
    try {
      event.run();
    } catch (error) {
      ignoreCrash(error);
    }
    await finishPromiseCallbacks();
    return true;
  }

  /** Lets everything happen that is due within `durationMs`, and the time pass. */
  async runFor(durationMs: number): Promise<void> {
    const endMs = this.#nowMs + durationMs;
    await finishPromiseCallbacks();
    while (this.#heap.nextMs() <= endMs) await this.step();
    this.#nowMs = endMs;
  }

  /** Steps until `condition` holds; throws when it still does not after `limitMs`, or never can. */
  async runUntil(condition: () => boolean, limitMs = 600_000): Promise<void> {
    const endMs = this.#nowMs + limitMs;
    await finishPromiseCallbacks();
    while (!condition()) {
      if (this.#heap.nextMs() > endMs) {
        throw new Error(`seed ${this.seed}: still waiting after ${limitMs} simulated ms`);
      }
      await this.step();
    }
  }

  /** Steps until `promise` is settled, and returns what it returns or throws what it throws. */
  async settle<T>(promise: Promise<T>, limitMs?: number): Promise<T> {
    let settled = false;
    const finish = (): void => {
      settled = true;
    };
    promise.then(finish, finish);
    await this.runUntil(() => settled, limitMs);
    return promise;
  }
}

function finishPromiseCallbacks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
