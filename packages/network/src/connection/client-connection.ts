import type { Address, Clock, Network, Socket, Timer, TlsOptions } from '@tidelog/platform';
import {
  type Api,
  type ApiName,
  apis,
  Reader,
  type RequestInput,
  type ResponseOutput,
  responseHeader,
  responseHeaderVersion,
} from '@tidelog/protocol';
import { FrameReader } from '../framing/frame-reader.ts';
import { encodeRequest } from '../framing/request.ts';
import { throttleOf } from './client-throttle.ts';

/** Why a request got no response. `sent`: the broker may have carried it out nevertheless. */
export type ConnectionFailure = 'closed' | 'timed out' | 'malformed response';

/** A request that got no response. The connection is closed by then. */
export class ConnectionError extends Error {
  readonly failure: ConnectionFailure;

  constructor(failure: ConnectionFailure, message: string, cause?: Error) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ConnectionError';
    this.failure = failure;
  }
}

/** A request that was sent. */
export interface Outgoing {
  readonly api: string;
  readonly apiKey: number;
  readonly version: number;
  readonly correlationId: number;
}

/** A request that has its response, or will not get one. */
export interface Exchange extends Outgoing {
  /** Clock.monotonic() when it was sent. */
  readonly sentAt: number;
  /** What the response says of the request as a whole; 0 where it says nothing. */
  readonly errorCode: number;
  /** 0 where no response came. */
  readonly responseBytes: number;
  /** How long the broker wants the client to pause after it (KIP-219). */
  readonly throttleTimeMs: number;
  readonly error: ConnectionError | null;
}

/** Is told of requests that are sent, and how they end, while it listens. */
export interface ExchangeObserver {
  readonly isListening: boolean;
  sent(request: Outgoing): void;
  ended(exchange: Exchange): void;
}

export interface ClientConnectionOptions {
  readonly network: Network;
  readonly clock: Clock;
  readonly address: Address;
  /** Encrypts the connection. */
  readonly tls?: TlsOptions | undefined;
  readonly clientId: string;
  /** How long a connection may take to be there, and a response to come. */
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** A larger response is refused before it is allocated. */
  readonly maxResponseBytes: number;
  /** A connection that nothing is sent on for so long closes; forever when left out. */
  readonly maxIdleMs?: number | undefined;
  readonly observer?: ExchangeObserver | undefined;
}

interface PendingResponse {
  readonly correlationId: number;
  readonly api: Api;
  readonly version: number;
  readonly sentAt: number;
  readonly deadline: number;
  readonly resolve: (response: never) => void;
  readonly reject: (error: Error) => void;
}

const UNSUPPORTED_VERSION = 35;
const CLOSE_GRACE_MS = 1000;
/** Most responses with records are smaller: they are collected in one piece of memory. */
const LEAST_RESPONSE_MEMORY_BYTES = 2 ** 21;
const UNANSWERED = { errorCode: 0, responseBytes: 0, throttleTimeMs: 0 };

/**
 * The client's end of a connection. Requests are pipelined; a broker answers them in their order, and
 * a response with another correlation id, a malformed or a late one ends the connection: what comes
 * after it cannot be told apart.
 */
export class ClientConnection {
  readonly #socket: Socket;
  readonly #options: ClientConnectionOptions;
  readonly #frames: FrameReader;
  readonly #pending: PendingResponse[] = [];
  #nextCorrelationId = 0;
  #timer: Timer | null = null;
  #timerAt = Number.POSITIVE_INFINITY;
  #failure: ConnectionError | null = null;
  #responses = 0;
  #throttledUntil = 0;
  #usedAt: number;
  #idleTimer: Timer | null = null;
  /** Called once, when the connection is gone. */
  onClose: () => void = () => {};

  /** Connects; rejects with Node's `code` (ECONNREFUSED, ETIMEDOUT, ENOTFOUND). */
  static async connect(options: ClientConnectionOptions): Promise<ClientConnection> {
    const socket = await options.network.connect(options.address, {
      timeoutMs: options.connectTimeoutMs,
      tls: options.tls,
    });
    return new ClientConnection(socket, options);
  }

  private constructor(socket: Socket, options: ClientConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#frames = new FrameReader(options.maxResponseBytes, LEAST_RESPONSE_MEMORY_BYTES);
    this.#usedAt = options.clock.monotonic();
    if (options.maxIdleMs !== undefined) this.#watchIdle(options.maxIdleMs);
    socket.onData = (chunk) => this.#onData(chunk);
    socket.room = (mostBytes) => this.#frames.room(mostBytes);
    socket.onClose = (error) =>
      this.#fail('closed', `the connection was closed${error ? `: ${error.message}` : ''}`, error);
  }

  get isOpen(): boolean {
    return this.#failure === null;
  }

  /** Why it is not open any more. */
  get failure(): ConnectionError | null {
    return this.#failure;
  }

  /** Requests whose responses have not come yet. */
  get inFlight(): number {
    return this.#pending.length;
  }

  /** How many responses have come. */
  get responseCount(): number {
    return this.#responses;
  }

  /** Clock.monotonic() until which the broker wants nothing more to be sent (KIP-219). */
  get throttledUntil(): number {
    return this.#throttledUntil;
  }

  /** Rejects with a ConnectionError when no response comes. */
  send<Name extends ApiName>(
    name: Name,
    version: number,
    request: RequestInput<Name>,
    timeoutMs: number = this.#options.requestTimeoutMs,
  ): Promise<ResponseOutput<Name>> {
    return new Promise((resolve, reject) => {
      const correlationId = this.#write(apis[name], version, request);
      const sentAt = this.#options.clock.monotonic();
      this.#usedAt = sentAt;
      const deadline = sentAt + timeoutMs;
      const api = apis[name];
      this.#pending.push({ correlationId, api, version, sentAt, deadline, resolve, reject });
      if (deadline < this.#timerAt) this.#arm(deadline);
      const { observer } = this.#options;
      if (observer?.isListening) observer.sent(outgoing(api, version, correlationId));
    });
  }

  /** Sends a request that has no response (a produce with acks 0). */
  sendOneWay<Name extends ApiName>(name: Name, version: number, request: RequestInput<Name>): void {
    this.#write(apis[name], version, request);
    this.#usedAt = this.#options.clock.monotonic();
  }

  /** What was sent without expecting a response still leaves; what is in flight is rejected. */
  close(): void {
    if (this.#pending.length === 0 && this.isOpen) {
      this.#socket.end();
      // A broker hangs up in turn; one that does not is not waited for.
      this.#options.clock.setTimer(CLOSE_GRACE_MS, () => this.#socket.destroy());
    }
    this.#fail('closed', 'the connection was closed by this client');
  }

  #watchIdle(maxIdleMs: number): void {
    const { clock } = this.#options;
    const left = this.#usedAt + maxIdleMs - clock.monotonic();
    if (left <= 0 && this.#pending.length === 0) this.close();
    else {
      const delayMs = left > 0 ? left : maxIdleMs;
      this.#idleTimer = clock.setTimer(delayMs, () => this.#watchIdle(maxIdleMs));
    }
  }

  #write(api: Api, version: number, request: unknown): number {
    if (this.#failure !== null) throw this.#failure;
    const correlationId = this.#nextCorrelationId;
    const header = { version, correlationId, clientId: this.#options.clientId };
    this.#socket.write(encodeRequest(api, header, request));
    this.#nextCorrelationId = (correlationId + 1) & 0x7fffffff;
    return correlationId;
  }

  #onData(chunk: Buffer): void {
    try {
      this.#frames.push(chunk);
      for (let frame = this.#frames.next(); frame !== null; frame = this.#frames.next()) {
        // Records are handed on as slices of the frame, so it must outlive the read buffer.
        this.#settle(this.#frames.take());
        if (this.#failure !== null) return;
      }
      this.#frames.keep();
    } catch (error) {
      this.#fail('malformed response', (error as Error).message);
    }
  }

  #settle(frame: Buffer): void {
    const pending = this.#pending[0];
    if (pending === undefined || frame.length < 4) {
      this.#fail('malformed response', 'a response came that nobody asked for');
      return;
    }
    const { api, correlationId } = pending;
    const version = answeredVersion(pending, frame);
    const reader = new Reader(frame);
    const header = responseHeader.read(reader, responseHeaderVersion(api, version));
    if (header.correlationId !== correlationId) {
      const ids = `correlation id ${header.correlationId} instead of ${correlationId}`;
      this.#fail('malformed response', `a response came with ${ids}`);
      return;
    }
    const response = api.response.read(reader, version);
    if (reader.failed) {
      this.#fail('malformed response', `malformed ${api.name} response, version ${version}`);
      return;
    }
    this.#pending.shift();
    this.#responses++;
    const throttleTimeMs = throttleOf(api.name, version, response);
    if (throttleTimeMs > 0) {
      const until = this.#options.clock.monotonic() + throttleTimeMs;
      this.#throttledUntil = Math.max(this.#throttledUntil, until);
    }
    const { errorCode = 0 } = response as { readonly errorCode?: number };
    this.#tell(pending, { errorCode, responseBytes: frame.length, throttleTimeMs, error: null });
    pending.resolve(response as never);
  }

  /** One timer for all requests: it fires at the earliest deadline known when it was set. */
  #arm(at: number): void {
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = this.#options.clock.setTimer(at - this.#options.clock.monotonic(), () => {
      this.#timer = null;
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#checkDeadlines();
    });
  }

  #checkDeadlines(): void {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { deadline } of this.#pending) earliest = Math.min(earliest, deadline);
    if (earliest <= this.#options.clock.monotonic()) {
      this.#fail('timed out', 'the broker did not answer within the request timeout');
    } else if (earliest !== Number.POSITIVE_INFINITY) {
      this.#arm(earliest);
    }
  }

  #fail(failure: ConnectionFailure, message: string, cause?: Error): void {
    if (this.#failure !== null) return;
    const { host, port } = this.#options.address;
    this.#failure = new ConnectionError(failure, `${host}:${port}: ${message}`, cause);
    this.#timer?.cancel();
    this.#idleTimer?.cancel();
    if (this.#pending.length > 0 || failure !== 'closed') this.#socket.destroy();
    for (const pending of this.#pending.splice(0)) {
      this.#tell(pending, { ...UNANSWERED, error: this.#failure });
      pending.reject(this.#failure);
    }
    this.onClose();
  }

  #tell(pending: PendingResponse, outcome: Omit<Exchange, keyof Outgoing | 'sentAt'>): void {
    const { observer } = this.#options;
    if (!observer?.isListening) return;
    const { api, version, correlationId, sentAt } = pending;
    observer.ended({ ...outgoing(api, version, correlationId), sentAt, ...outcome });
  }
}

function outgoing({ name, key }: Api, version: number, correlationId: number): Outgoing {
  return { api: name, apiKey: key, version, correlationId };
}

/** A broker that does not know a version of ApiVersions says so in version 0 (KIP-511). */
function answeredVersion({ api, version }: PendingResponse, frame: Buffer): number {
  const refused = frame.length >= 6 && frame.readInt16BE(4) === UNSUPPORTED_VERSION;
  return api === apis.ApiVersions && refused ? 0 : version;
}
