import type { Client, ClientOptions } from '@tidelog/client';
import type { World } from '../world/world.ts';
import { connect } from './connect.ts';
import { Wire } from './exactly-once/wire.ts';

/** All who talk to the broker in a story, each on a machine of its own. */
export class Cast {
  readonly #world: World;
  readonly #wires: Wire[] = [];
  readonly #clients: Client[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  wire(name: string): Wire {
    const wire = new Wire(this.#world.machine(name).boot(), name);
    this.#wires.push(wire);
    return wire;
  }

  client(name: string, options: Partial<ClientOptions> = {}): Client {
    const client = connect(this.#world, name, options);
    this.#clients.push(client);
    return client;
  }

  /** Begins to close everything. */
  leave(): void {
    for (const wire of this.#wires) wire.close();
    for (const client of this.#clients) client.close().catch(() => {});
  }
}
