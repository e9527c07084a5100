import type { Address, Listener, Network, Socket } from '@tidelog/platform';
import { systemError } from '../world/failures.ts';
import type { Scheduler } from '../world/scheduler.ts';
import type { SimulatedNetwork } from './simulated-network.ts';
import { SimulatedSocket } from './simulated-socket.ts';

const FIRST_EPHEMERAL_PORT = 32_768;
const DEFAULT_TIMEOUT_MS = 60_000;
const OWN_NAMES = new Set(['', 'localhost', '127.0.0.1', '0.0.0.0', '::', '::1']);

/** The network as one machine has it from its boot to its crash. */
export class HostNetwork implements Network {
  readonly name: string;
  readonly #network: SimulatedNetwork;
  readonly #life: Scheduler;
  readonly #listeners = new Map<number, (socket: Socket) => void>();
  readonly #sockets = new Set<SimulatedSocket>();
  #nextPort = FIRST_EPHEMERAL_PORT;

  constructor(network: SimulatedNetwork, name: string, life: Scheduler) {
    this.#network = network;
    this.name = name;
    this.#life = life;
  }

  listen(address: Address, accept: (socket: Socket) => void): Promise<Listener> {
    const port = address.port === 0 ? this.#nextPort++ : address.port;
    if (this.#resolve(address.host) !== this.name) {
      return Promise.reject(systemError('EADDRNOTAVAIL', address.host));
    }
    if (this.#listeners.has(port)) {
      return Promise.reject(systemError('EADDRINUSE', `${this.name}:${port}`));
    }
    this.#listeners.set(port, accept);
    return Promise.resolve({
      address: { host: this.name, port },
      close: () => {
        this.#listeners.delete(port);
        return Promise.resolve();
      },
    });
  }

  connect(address: Address, options: { timeoutMs?: number } = {}): Promise<Socket> {
    const to = this.#resolve(address.host);
    const local = { host: this.name, port: this.#nextPort++ };
    const remote = { host: to, port: address.port };
    return new Promise((resolve, reject) => {
      if (!this.#network.knows(to)) return reject(systemError('ENOTFOUND', address.host));
      let waiting = true;
      const finish = (how: () => void): void => {
        if (!waiting) return;
        waiting = false;
        timer.cancel();
        how();
      };
      const fail = (code: string): void =>
        finish(() => reject(systemError(code, `${to}:${remote.port}`)));
      const timer = this.#life.schedule(
        options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        `network connect to ${to} times out`,
        () => fail('ETIMEDOUT'),
      );
      this.#network.carry(this.name, to, 'connects', () => {
        if (!waiting) return;
        const peer = this.#network.host(to);
        const accept = peer?.listenerOn(remote.port);
        if (peer === undefined || accept === undefined) {
          this.#network.carry(to, this.name, 'refuses', () => fail('ECONNREFUSED'));
          return;
        }
        const client = this.#socket(local, remote);
        const server = peer.#socket(remote, local);
        SimulatedSocket.join(client, server);
        this.#network.carry(to, this.name, 'accepts', () => {
          if (waiting) finish(() => resolve(client));
          else client.destroy();
        });
        accept(server);
      });
    });
  }

  listenerOn(port: number): ((socket: Socket) => void) | undefined {
    return this.#listeners.get(port);
  }

  /** All connections of this machine with another one (or with all) that are open. */
  *connections(other?: string): Generator<SimulatedSocket> {
    for (const socket of this.#sockets) {
      if (other === undefined || socket.remote.host === other) yield socket;
    }
  }

  /** The machine is gone: nobody listens, and the peers learn of it when they can. */
  vanish(): void {
    this.#listeners.clear();
    for (const socket of this.#sockets) socket.vanish();
    this.#sockets.clear();
    this.#network.detach(this);
  }

  #socket(local: Address, remote: Address): SimulatedSocket {
    const socket: SimulatedSocket = new SimulatedSocket({
      network: this.#network,
      life: this.#life,
      local,
      remote,
      onGone: () => void this.#sockets.delete(socket),
    });
    this.#sockets.add(socket);
    return socket;
  }

  #resolve(host: string): string {
    return OWN_NAMES.has(host) ? this.name : host;
  }
}
