import { ClientConnection } from '@tidelog/network';
import type { Address, Platform, TlsOptions } from '@tidelog/platform';
import type { ApiName, RequestInput, ResponseOutput } from '@tidelog/protocol';
import { BrokerEvents } from '../diagnostics/broker-events.ts';
import type { RequestObserver } from '../diagnostics/channels.ts';
import type { Logger } from '../diagnostics/logger.ts';
import { asClientError, closedError, KafkaClientError } from '../client-error.ts';
import { askVersions, type BrokerVersions } from './api-versions.ts';
import { authenticate } from './authentication.ts';
import { connectFailure } from './connect-failure.ts';
import type { FinalizedFeatures } from './finalized-features.ts';
import type { SaslSettings } from './sasl-options.ts';
import { type BackoffOptions, backoffMs, sleep } from './waiting.ts';

export type ClientPlatform = Pick<Platform, 'clock' | 'random' | 'network'>;

export interface ConnectionSettings {
  readonly clientId: string;
  readonly tls: TlsOptions | undefined;
  readonly sasl: SaslSettings | null;
  readonly logger: Logger;
  readonly requestObserver: RequestObserver | null;
  /** How long a connection may take to be there: longer with each failure in a row (KIP-601). */
  readonly connectTimeout: BackoffOptions;
  readonly maxIdleMs: number;
  readonly requestTimeoutMs: number;
  readonly maxResponseBytes: number;
  readonly reconnectBackoff: BackoffOptions;
}

export interface SendOptions {
  /** Never use a higher version than this. */
  readonly maxVersion?: number;
  /** Lower ones would understand the request differently: UNSUPPORTED_VERSION where the broker is older. */
  readonly minVersion?: number;
  readonly timeoutMs?: number;
  /** How long it may wait for a pause that the broker asks for, where that is less than `timeoutMs`. */
  readonly maxThrottleMs?: number;
}

/** For what is said at the end: a pause that a broker asks for shall not hold it up for long. */
export const farewell: SendOptions = { maxThrottleMs: 3000 };

/**
 * The way to one broker: connects when it is needed, learns what the broker speaks, tells it who the
 * client is, and connects again after a failure, with a growing pause between attempts. Where sessions
 * end (KIP-368), the next request waits until the client has authenticated anew; where the broker asks for
 * a pause (KIP-219), until that is over.
 */
export class BrokerConnection {
  readonly address: Address;
  readonly #platform: ClientPlatform;
  readonly #settings: ConnectionSettings;
  readonly #features: FinalizedFeatures;
  readonly #events: BrokerEvents;
  #connection: ClientConnection | null = null;
  #connecting: Promise<ClientConnection> | null = null;
  #versions: BrokerVersions | null = null;
  /** When to authenticate anew (monotonic). */
  #sessionEndsAt = Number.POSITIVE_INFINITY;
  /** Responses that came before the first request of a user. */
  #greetings = 0;
  #failures = 0;
  #startedAt = 0;
  #failedAt = 0;
  #closed = false;
  /** Of requests that wait for a pause to be over, in their order. */
  readonly #pauses = new Set<() => void>();

  constructor(
    address: Address & { readonly node: number },
    platform: ClientPlatform,
    settings: ConnectionSettings,
    features: FinalizedFeatures,
  ) {
    this.address = { host: address.host, port: address.port };
    this.#platform = platform;
    this.#settings = settings;
    this.#features = features;
    this.#events = new BrokerEvents(address, { ...settings, clock: platform.clock });
  }

  /** Requests can be sent at once. */
  get isOpen(): boolean {
    return this.current !== null && !this.#isSessionEnding && this.#throttleMs === 0;
  }

  /** The connection when it is there at this moment: for those who must keep an order. */
  get current(): ClientConnection | null {
    const connection = this.#connecting === null ? this.#connection : null;
    return connection?.isOpen ? connection : null;
  }

  /** The last attempt to connect failed. */
  get isFailing(): boolean {
    return this.#failures > 0;
  }

  /**
   * Connects when necessary; what was sent before is sent first. A pause that the broker asks for is waited
   * for no longer than `maxThrottleMs`.
   */
  async ready(maxThrottleMs = this.#settings.requestTimeoutMs): Promise<ClientConnection> {
    const { clock } = this.#platform;
    const end = clock.monotonic() + maxThrottleMs;
    for (;;) {
      const connection = await this.#ready();
      const throttleMs = this.#throttleMs;
      if (throttleMs === 0 || !connection.isOpen) return connection;
      const patienceMs = end - clock.monotonic();
      if (patienceMs <= 0) throw throttledError(this.address, throttleMs);
      await this.#pause(Math.min(throttleMs, patienceMs));
    }
  }

  async #ready(): Promise<ClientConnection> {
    const { current } = this;
    if (current !== null && !this.#isSessionEnding) return current;
    this.#connecting ??= (current === null ? this.#connect() : this.#authenticate(current))
      .catch((error: unknown) => {
        throw this.#failed(error as Error);
      })
      .finally(() => {
        this.#connecting = null;
      });
    return this.#connecting;
  }

  /** The highest version that both sides speak. Only of use while connected. */
  versionOf(name: ApiName, maxVersion?: number, minVersion?: number): number {
    return this.#versions!.of(name, maxVersion, minVersion);
  }

  async send<Name extends ApiName>(
    name: Name,
    request: RequestInput<Name>,
    options: SendOptions = {},
  ): Promise<ResponseOutput<Name>> {
    let connection: ClientConnection | null = null;
    try {
      const { timeoutMs = this.#settings.requestTimeoutMs, maxThrottleMs = timeoutMs } = options;
      this.#events.waiting++;
      connection = await this.ready(maxThrottleMs).finally(() => this.#events.waiting--);
      const version = this.versionOf(name, options.maxVersion, options.minVersion);
      return await connection.send(name, version, request, timeoutMs);
    } catch (error) {
      const isFirst = connection !== null && connection.responseCount === this.#greetings;
      if (isFirst && this.#settings.sasl === null) throw unheard(asClientError(error));
      throw asClientError(error);
    }
  }

  close(): void {
    this.#closed = true;
    this.#connection?.close();
    this.#endPauses();
  }

  /** What is left of the pause that the broker has asked for; 0 where there is none. */
  get #throttleMs(): number {
    const until = this.#connection?.throttledUntil ?? 0;
    return until === 0 ? 0 : Math.max(0, until - this.#platform.clock.monotonic());
  }

  /** Ends early where the connection does: there is nothing to wait for then. */
  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        this.#pauses.delete(end);
        resolve();
      };
      const timer = this.#platform.clock.setTimer(delayMs, end);
      this.#pauses.add(end);
    });
  }

  #endPauses(): void {
    for (const end of this.#pauses) end();
  }

  get #isSessionEnding(): boolean {
    const endsAt = this.#sessionEndsAt;
    return endsAt !== Number.POSITIVE_INFINITY && this.#platform.clock.monotonic() >= endsAt;
  }

  async #connect(): Promise<ClientConnection> {
    await this.#pauseAfterFailure();
    if (this.#closed) throw closedError('client');
    const { address } = this;
    const { random, clock } = this.#platform;
    const { connectTimeout } = this.#settings;
    this.#startedAt = clock.monotonic();
    const connection = await ClientConnection.connect({
      ...this.#settings,
      ...this.#platform,
      address,
      observer: this.#events,
      connectTimeoutMs: backoffMs(random, connectTimeout, this.#failures),
    });
    // Known before it can be used, so that `close` ends it in the middle of this.
    this.#connection = connection;
    if (this.#closed) connection.close();
    this.#versions = await askVersions(connection, address, this.#features);
    this.#greetings = connection.responseCount;
    const failures = this.#failures;
    await this.#authenticate(connection);
    this.#events.connected(this.#startedAt, failures);
    connection.onClose = () => {
      this.#events.closed(connection.failure!);
      this.#endPauses();
    };
    return connection;
  }

  async #authenticate(connection: ClientConnection): Promise<ClientConnection> {
    const { sasl } = this.#settings;
    if (sasl !== null) {
      const options = { ...this.#platform, address: this.address, sasl };
      this.#sessionEndsAt = await authenticate(connection, this.#versions!, options);
    }
    this.#failures = 0;
    return connection;
  }

  #failed(error: Error): Error {
    this.#connection?.close();
    this.#connection = null;
    this.#sessionEndsAt = Number.POSITIVE_INFINITY;
    this.#failures++;
    this.#failedAt = this.#platform.clock.monotonic();
    const failure = connectFailure(error, this.address, this.#settings.tls !== undefined);
    if (!this.#closed) this.#events.failed(this.#startedAt, this.#failures, failure);
    return failure;
  }

  async #pauseAfterFailure(): Promise<void> {
    if (this.#failures === 0) return;
    const { clock, random } = this.#platform;
    const pause = backoffMs(random, this.#settings.reconnectBackoff, this.#failures - 1);
    const left = this.#failedAt + pause - clock.monotonic();
    if (left > 0) await sleep(clock, left);
  }
}

/** A broker that expects SASL answers ApiVersions, and hangs up on everything else without a word. */
function unheard(error: unknown): unknown {
  if (!(error instanceof KafkaClientError) || error.code !== 'NETWORK_EXCEPTION') return error;
  const message = `${error.message}; where the listener expects SASL, pass \`sasl\``;
  return new KafkaClientError(error.code, message, { retriable: true, cause: error.cause });
}

function throttledError({ host, port }: Address, throttleMs: number): KafkaClientError {
  const pause = `${host}:${port} wants a pause of ${Math.ceil(throttleMs)} ms more`;
  const message = `${pause}, which is longer than this request may wait; look at the quotas of this client`;
  return new KafkaClientError('REQUEST_TIMED_OUT', message, { retriable: true });
}
