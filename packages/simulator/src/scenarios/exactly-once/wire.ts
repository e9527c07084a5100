import { ClientConnection, ConnectionError } from '@tidelog/network';
import { Violation } from '../../scenario.ts';
import type { SimulatedPlatform } from '../../world/machine.ts';
import { type ApiName, errors, type RequestInput, type ResponseOutput } from '@tidelog/protocol';

const ADDRESS = { host: 'broker', port: 9092 };
const REQUEST_TIMEOUT_MS = 5000;
const PAUSE_MS = 50;

/** Errors that pass by themselves. */
export const PASSING: ReadonlySet<number> = new Set(
  [
    errors.COORDINATOR_LOAD_IN_PROGRESS,
    errors.COORDINATOR_NOT_AVAILABLE,
    errors.NOT_COORDINATOR,
    errors.CONCURRENT_TRANSACTIONS,
    errors.NOT_LEADER_OR_FOLLOWER,
    errors.UNKNOWN_TOPIC_OR_PARTITION,
    errors.LEADER_NOT_AVAILABLE,
    errors.UNSTABLE_OFFSET_COMMIT,
    errors.REQUEST_TIMED_OUT,
    errors.NOT_ENOUGH_REPLICAS,
    errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  ].map(({ code }) => code),
);

/** The broker answered with an error that does not pass, which breaks a promise where nobody expects it. */
export class RefusedError extends Violation {
  readonly code: number;

  constructor(what: string, code: number) {
    super(`${what}: error ${code}`);
    this.code = code;
  }
}

/** Single requests of chosen versions, over a connection that is made anew when it breaks. */
export class Wire {
  readonly #platform: SimulatedPlatform;
  readonly #clientId: string;
  #connection: ClientConnection | null = null;
  #closed = false;
  /** Told when a connection has failed, before there is another one. */
  onBroken: () => void = () => {};

  constructor(platform: SimulatedPlatform, clientId: string) {
    this.#platform = platform;
    this.#clientId = clientId;
  }

  get closed(): boolean {
    return this.#closed;
  }

  close(): void {
    this.#closed = true;
    this.#connection?.close();
  }

  /** Wall-clock milliseconds. */
  now(): number {
    return this.#platform.clock.now();
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#platform.clock.setTimer(ms, resolve));
  }

  /**
   * Asks until there is an answer without a passing error, which `codeOf` finds. A request that was sent
   * and not answered is sent again, as clients do: what a function gives, for those who then say more.
   * Rejects with a RefusedError.
   */
  async ask<A extends ApiName>(
    api: A,
    version: number,
    request: RequestInput<A> | (() => RequestInput<A>),
    codeOf: (response: ResponseOutput<A>) => number,
  ): Promise<ResponseOutput<A>> {
    while (!this.#closed) {
      try {
        const connection = await this.#connected();
        const asked = typeof request === 'function' ? request() : request;
        const response = await connection.send(api, version, asked);
        const code = codeOf(response);
        if (code === errors.NONE.code) return response;
        if (!PASSING.has(code)) throw new RefusedError(`${api} v${version}`, code);
      } catch (error) {
        if (error instanceof RefusedError) throw error;
        if (!(error instanceof ConnectionError) && !isUnreachable(error)) throw error;
        this.onBroken();
      }
      await this.sleep(PAUSE_MS);
    }
    throw new RefusedError(`${api}: the story is over`, errors.UNKNOWN_SERVER_ERROR.code);
  }

  async #connected(): Promise<ClientConnection> {
    if (this.#connection?.isOpen === true) return this.#connection;
    const { network, clock } = this.#platform;
    this.#connection = await ClientConnection.connect({
      network,
      clock,
      address: ADDRESS,
      clientId: this.#clientId,
      connectTimeoutMs: REQUEST_TIMEOUT_MS,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      maxResponseBytes: 10_000_000,
    });
    return this.#connection;
  }
}

function isUnreachable(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNREFUSED' || code === 'ETIMEDOUT' || code === 'ECONNRESET';
}
