import { lookup } from 'node:dns/promises';
import { connect, createServer, isIP } from 'node:net';
import type { Server, Socket as TcpSocket } from 'node:net';
import type {
  AcceptOptions,
  Address,
  ConnectOptions,
  Listener,
  Network,
  Socket,
} from '../ports/network.ts';
import { startListening } from './listen.ts';
import { acceptWithSharedReads, sharedReader } from './shared-read.ts';
import { NodeSocket } from './socket.ts';
import { connectTls } from './tls.ts';

export interface NodeNetworkOptions {
  /** Read all connections through one buffer (default), or each by Node's 'data' events. */
  sharedReads?: boolean;
  /** All addresses of a host name; the system's resolver when left out. */
  lookup?: (host: string) => Promise<readonly string[]>;
}

/** TCP by Node. No failure of a connection leaves this class other than through its socket. */
export class NodeNetwork implements Network {
  readonly #sharedReads: boolean;
  readonly #lookup: (host: string) => Promise<readonly string[]>;

  constructor(options: NodeNetworkOptions = {}) {
    this.#sharedReads = options.sharedReads ?? true;
    this.#lookup = options.lookup ?? lookUpAll;
  }

  listen(
    address: Address,
    accept: (socket: Socket) => void,
    { sendBufferBytes = null }: AcceptOptions = {},
  ): Promise<Listener> {
    const take = (socket: NodeSocket) => {
      socket.sendBufferBytes = sendBufferBytes;
      accept(socket);
    };
    return new Promise((resolve, reject) => {
      const server = createServer({ noDelay: true }, (tcp) => take(readByEvents(tcp)));
      server.once('error', reject);
      server.once('listening', () => {
        server.off('error', reject);
        server.on('error', () => {}); // a failed accept concerns nobody but that peer
        if (this.#sharedReads) acceptWithSharedReads(server, take);
        resolve(listenerOf(server));
      });
      startListening(server, address);
    });
  }

  /**
   * Tries all addresses of a name one after the other (`client.dns.lookup=use_all_dns_ips`); each gets
   * its share of the time that is left.
   */
  async connect(address: Address, options: ConnectOptions = {}): Promise<Socket> {
    const { timeoutMs = Number.POSITIVE_INFINITY } = options;
    const deadline = performance.now() + timeoutMs;
    const found = await inTime(this.#lookup(address.host), timeoutMs, address);
    let failure: unknown = timedOut(address);
    for (const [i, ip] of found.entries()) {
      const share = (deadline - performance.now()) / (found.length - i);
      if (share <= 0) break;
      try {
        return await this.#connectTo(ip, address, { ...options, timeoutMs: share });
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  #connectTo(ip: string, address: Address, { timeoutMs, tls }: ConnectOptions): Promise<Socket> {
    return new Promise((resolve, reject) => {
      // Bytes of TLS are decrypted into memory of their own: nothing can be shared.
      const reader = this.#sharedReads && tls === undefined ? sharedReader() : undefined;
      const place = { host: ip, port: address.port };
      const tcp =
        tls === undefined
          ? connect({ ...place, noDelay: true, ...(reader && { onread: reader.onread }) })
          : connectTls(place, address.host, tls);
      const deadline = deadlineIn(timeoutMs, () => tcp.destroy(timedOut(address)));
      const fail = (error: Error): void => {
        clearTimeout(deadline);
        reject(error);
      };
      tcp.once('error', fail);
      tcp.once(tls === undefined ? 'connect' : 'secureConnect', () => {
        clearTimeout(deadline);
        tcp.off('error', fail);
        if (reader === undefined) return resolve(readByEvents(tcp));
        const socket = new NodeSocket(tcp);
        reader.deliverTo(socket);
        resolve(socket);
      });
    });
  }
}

function deadlineIn(
  timeoutMs: number | undefined,
  fire: () => void,
): ReturnType<typeof setTimeout> | undefined {
  return timeoutMs === undefined || timeoutMs === Number.POSITIVE_INFINITY
    ? undefined
    : setTimeout(fire, timeoutMs);
}

function inTime<T>(promise: Promise<T>, timeoutMs: number, address: Address): Promise<T> {
  return new Promise((resolve, reject) => {
    const deadline = deadlineIn(timeoutMs, () => reject(timedOut(address)));
    promise.then(resolve, reject).finally(() => clearTimeout(deadline));
  });
}

/** In the order of the system's resolver. */
async function lookUpAll(host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}

function readByEvents(tcp: TcpSocket): NodeSocket {
  const socket = new NodeSocket(tcp);
  tcp.on('data', (chunk: Buffer) => socket.received(chunk));
  return socket;
}

function listenerOf(server: Server): Listener {
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('a TCP server has an address');
  return {
    address: { host: bound.address, port: bound.port },
    // The port is free as soon as close() returns; its callback would wait for every connection.
    close: () => {
      server.close();
      return Promise.resolve();
    },
  };
}

function timedOut(address: Address): Error {
  const error = new Error(`ETIMEDOUT: no answer from ${address.host}:${address.port}`);
  return Object.assign(error, { code: 'ETIMEDOUT' });
}
