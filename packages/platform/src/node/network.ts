import { connect, createServer } from 'node:net';
import type { Server, Socket as TcpSocket } from 'node:net';
import type { Address, ConnectOptions, Listener, Network, Socket } from '../ports/network.ts';
import { acceptWithSharedReads, sharedReader } from './shared-read.ts';
import { NodeSocket } from './socket.ts';
import { connectTls } from './tls.ts';

export interface NodeNetworkOptions {
  /** Read all connections through one buffer (default), or each by Node's 'data' events. */
  sharedReads?: boolean;
}

/** TCP by Node. No failure of a connection leaves this class other than through its socket. */
export class NodeNetwork implements Network {
  readonly #sharedReads: boolean;

  constructor(options: NodeNetworkOptions = {}) {
    this.#sharedReads = options.sharedReads ?? true;
  }

  listen(address: Address, accept: (socket: Socket) => void): Promise<Listener> {
    return new Promise((resolve, reject) => {
      const server = createServer({ noDelay: true }, (tcp) => accept(readByEvents(tcp)));
      server.once('error', reject);
      server.once('listening', () => {
        server.off('error', reject);
        server.on('error', () => {}); // a failed accept concerns nobody but that peer
        if (this.#sharedReads) acceptWithSharedReads(server, accept);
        resolve(listenerOf(server));
      });
      server.listen({ port: address.port, ...(address.host === '' ? {} : { host: address.host }) });
    });
  }

  connect(address: Address, options: ConnectOptions = {}): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const { tls, timeoutMs } = options;
      // Bytes of TLS are decrypted into memory of their own: nothing can be shared.
      const reader = this.#sharedReads && tls === undefined ? sharedReader() : undefined;
      const tcp =
        tls === undefined
          ? connect({ ...address, noDelay: true, ...(reader && { onread: reader.onread }) })
          : connectTls(address, tls);
      const deadline =
        timeoutMs === undefined
          ? undefined
          : setTimeout(() => tcp.destroy(timedOut(address)), timeoutMs);
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
