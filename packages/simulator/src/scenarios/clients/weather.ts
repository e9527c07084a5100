import type { SeededRandom } from '../../world/seeded-random.ts';
import type { World } from '../../world/world.ts';

const ROUGH = { latencyMs: { min: 0.05, max: 60 }, resetOneIn: 300 };
const FAIR = { latencyMs: { min: 0.05, max: 2 }, resetOneIn: 0 };

/** A network that delays, breaks connections, and is cut between a machine and a broker, one way or both. */
export class Weather {
  cuts = 0;
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #machines: readonly string[];
  readonly #brokers: readonly string[];
  #isRough = false;

  constructor(
    world: World,
    random: SeededRandom,
    { machines, brokers }: Record<'machines' | 'brokers', readonly string[]>,
  ) {
    this.#world = world;
    this.#random = random;
    this.#machines = machines;
    this.#brokers = brokers;
  }

  getRough(): void {
    Object.assign(this.#world.network, ROUGH);
    this.#isRough = true;
    this.#next();
  }

  calm(): void {
    Object.assign(this.#world.network, FAIR);
    this.#isRough = false;
    this.#world.network.heal();
  }

  #next(): void {
    this.#world.schedule(100 + this.#random.below(1500), 'the weather changes', () => {
      if (!this.#isRough) return;
      this.#change();
      this.#next();
    });
  }

  #change(): void {
    const { network } = this.#world;
    const machine = this.#machines[this.#random.below(this.#machines.length)]!;
    const broker = this.#brokers[this.#random.below(this.#brokers.length)]!;
    switch (this.#random.below(5)) {
      case 0:
        return network.reset(machine, broker);
      case 1:
        return network.heal();
      case 2:
        network.cut(machine, broker);
        network.cut(broker, machine);
        break;
      case 3:
        network.cut(machine, broker);
        break;
      default:
        network.cut(broker, machine);
    }
    this.cuts++;
  }
}
