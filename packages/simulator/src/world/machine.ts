import { type Platform, SteppedBackground, SteppedComputing, type Timer } from '@tidelog/platform';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import type { HostNetwork } from '../network/host-network.ts';
import type { Scheduler } from './scheduler.ts';
import { SimulatedClock } from './scheduler.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { World } from './world.ts';

/** The longest that a computation beside the event loop takes. */
const MOST_COMPUTING_MS = 20;

/** What a program stands on between one start of a machine and its next crash. */
export interface SimulatedPlatform extends Platform {
  readonly clock: SimulatedClock;
  readonly random: SeededRandom;
  readonly disk: SimulatedDisk;
}

/**
 * One computer, with a disk that outlives its programs. `boot` starts it; a program that was running
 * when it crashed or was killed never runs on: its timers don't fire, its syncs don't end, its sockets are silent
 * and every call on its disk throws.
 */
export class Machine {
  readonly name: string;
  readonly #world: World;
  readonly #epochMs: number;
  readonly #random: SeededRandom;
  #disk: SimulatedDisk;
  #life: Life | undefined;
  #boots = 0;

  constructor(world: World, name: string, epochMs: number) {
    this.name = name;
    this.#world = world;
    this.#epochMs = epochMs;
    this.#random = world.random.fork(name);
    this.#disk = new SimulatedDisk({
      scheduler: world,
      random: this.#random.fork('disk'),
      clock: new SimulatedClock(world, epochMs),
    });
  }

  get running(): boolean {
    return this.#life !== undefined;
  }

  /** The disk as it is now: the running program's, or what the last crash left. */
  get disk(): SimulatedDisk {
    return this.#disk;
  }

  boot(): SimulatedPlatform {
    if (this.#life !== undefined) throw new Error(`${this.name} is running`);
    const boot = ++this.#boots;
    this.#world.note(`${this.name} boots`);
    const life = new Life(this.#world, this.name);
    const network = this.#world.network.attach(this.name, life);
    life.network = network;
    this.#life = life;
    const clock = new SimulatedClock(life, this.#epochMs);
    this.#disk = this.#disk.reopened({ scheduler: life, clock, onCrash: () => this.crash() });
    const durations = this.#random.fork(`computing ${boot}`);
    return {
      clock,
      random: this.#random.fork(`boot ${boot}`),
      disk: this.#disk,
      network,
      background: new SteppedBackground({ clock, disk: this.#disk }),
      computing: new SteppedComputing(clock, () => durations.below(MOST_COMPUTING_MS)),
    };
  }

  /** Power off: the program is gone, and of what it did not sync the disk keeps what it likes. */
  crash(): void {
    this.#disk.detach();
    this.#end('crashes', this.#disk.survivor());
  }

  /** The program ends, by itself or by a signal; the disk keeps what was written to it. */
  kill(): void {
    this.#disk.detach();
    this.#end('ends', this.#disk.reopened());
  }

  #end(how: string, disk: SimulatedDisk): void {
    this.#world.note(`${this.name} ${how}`);
    this.#life?.end();
    this.#life = undefined;
    this.#disk = disk;
  }
}

/** The time from a boot to a crash: nothing that was scheduled within it happens after it. */
class Life implements Scheduler {
  network: HostNetwork | undefined;
  readonly #world: World;
  readonly #name: string;
  #ended = false;

  constructor(world: World, name: string) {
    this.#world = world;
    this.#name = name;
  }

  get nowMs(): number {
    return this.#world.nowMs;
  }

  schedule(delayMs: number, label: string, run: () => void): Timer {
    return this.#world.schedule(delayMs, `${this.#name} ${label}`, () => {
      if (!this.#ended) run();
    });
  }

  note(line: string): void {
    this.#world.note(`${this.#name} ${line}`);
  }

  end(): void {
    this.#ended = true;
    this.network?.vanish();
  }
}
