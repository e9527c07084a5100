import type { Address, Clock, Listener, Network, Socket, Timer } from '@tidelog/platform';
import type { Api } from '@tidelog/protocol';
import { ServerConnection } from './server-connection.ts';

/** What a handler knows of the request besides its body. */
export interface RequestContext {
  readonly connectionId: string;
  readonly clientHost: string;
  readonly clientId: string;
  readonly listenerName: string;
  readonly apiVersion: number;
  readonly correlationId: number;
  /** What handlers remember of a connection (the client's software, its principal). */
  readonly state: Map<string, unknown>;
  /** Called when the connection is gone: who waits on its behalf adds itself, and leaves when done. */
  readonly onGone: Set<() => void>;
  /** Nothing more of the connection is read until the function that it gives is called. */
  readonly pause: () => () => void;
  /** Set by a handler that wants its buffers back: called when the response has left, or never will. */
  onReleased: (() => void) | null;
}

/** One entry of the table from which a listener serves, and from which ApiVersions is computed. */
export interface ServedApi {
  readonly api: Api;
  readonly versions: readonly [number, number];
  /** The handler copies what it keeps of a request's bytes: they are not its own behind its first `await`. */
  readonly readsInPlace?: boolean;
  /** Undefined as a response: nothing is sent. */
  handle(request: unknown, context: RequestContext): unknown;
  /** What to answer, in version 0, to a version that is not served; absent: the connection closes. */
  unsupportedVersion?(): unknown;
}

export interface ServerOptions {
  readonly listenerName: string;
  readonly clock: Clock;
  readonly apis: ReadonlyMap<number, ServedApi>;
  /** `socket.request.max.bytes` */
  readonly maxRequestBytes: number;
  /** `connections.max.idle.ms` */
  readonly maxIdleMs: number;
  /** `max.connections` */
  readonly maxConnections: number;
  /** Requests of one connection that may wait for their replies before it is no longer read. */
  readonly maxInFlight: number;
  /** `socket.send.buffer.bytes`; null leaves it to the system. */
  readonly sendBufferBytes?: number | null;
  /** The peer sent what cannot be understood. */
  onProtocolError(connection: ServerConnection, error: Error): void;
  /** A handler threw. */
  onFault(api: string, error: Error): void;
  onClose(connection: ServerConnection): void;
}

export type ListenOptions = Omit<ServerOptions, 'onClose'> & { readonly address: Address };

/** A listener with its connections. */
export class Server {
  readonly #options: ListenOptions;
  readonly #connections = new Map<string, ServerConnection>();
  #listener: Listener | null = null;
  #sweep: Timer | null = null;
  #accepted = 0;
  #closing: (() => void) | null = null;
  #isOpen = false;

  private constructor(options: ListenOptions) {
    this.#options = options;
  }

  /** Rejects with the network's `code`, such as EADDRINUSE. */
  static async listen(network: Network, options: ListenOptions): Promise<Server> {
    const server = new Server(options);
    const { address, sendBufferBytes = null } = options;
    const accept = (socket: Socket) => server.#accept(socket);
    server.#listener = await network.listen(address, accept, { sendBufferBytes });
    server.#sweepIdle();
    return server;
  }

  get address(): Address {
    return this.#listener!.address;
  }

  /** Begins to serve: until then connections are accepted, and wait. */
  open(): void {
    this.#isOpen = true;
    for (const connection of this.#connections.values()) connection.setServing(true);
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Stops accepting, gives outstanding replies `graceMs` to leave, closes what is left. */
  async close(graceMs = 0): Promise<void> {
    await this.#listener?.close();
    this.#sweep?.cancel();
    for (const connection of this.#connections.values()) {
      if (connection.pending === 0 || graceMs === 0) connection.close();
    }
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#closing = resolve;
      this.#options.clock.setTimer(graceMs, () => {
        for (const connection of this.#connections.values()) connection.close();
        resolve();
      });
    });
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= this.#options.maxConnections) {
      socket.destroy();
      return;
    }
    const { local, remote } = socket;
    const id = `${local.host}:${local.port}-${remote.host}:${remote.port}-${this.#accepted++}`;
    const connection = new ServerConnection(id, socket, {
      ...this.#options,
      onClose: () => this.#forget(id),
    });
    this.#connections.set(id, connection);
    if (!this.#isOpen) connection.setServing(false);
  }

  #forget(id: string): void {
    this.#connections.delete(id);
    if (this.#connections.size === 0) this.#closing?.();
  }

  /** Closes connections that were idle too long; one coarse timer instead of one for each. */
  #sweepIdle(): void {
    const { clock, maxIdleMs } = this.#options;
    if (maxIdleMs <= 0) return;
    this.#sweep = clock.setTimer(Math.max(100, maxIdleMs / 4), () => {
      const oldest = clock.monotonic() - maxIdleMs;
      for (const connection of this.#connections.values()) {
        if (connection.lastActiveMs < oldest && connection.pending === 0) connection.close();
      }
      this.#sweepIdle();
    });
  }
}
