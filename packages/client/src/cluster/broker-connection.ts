import { ClientConnection } from '@tidelog/network';
import type { Address, Platform } from '@tidelog/platform';
import {
  type ApiName,
  apis,
  errors,
  type RequestInput,
  type ResponseOutput,
} from '@tidelog/protocol';
import { asClientError, brokerError, KafkaClientError } from '../client-error.ts';
import type { FinalizedFeatures } from './finalized-features.ts';
import { type BackoffOptions, backoffMs, sleep } from './waiting.ts';

export type ClientPlatform = Pick<Platform, 'clock' | 'random' | 'network'>;

export interface ConnectionSettings {
  readonly clientId: string;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly maxResponseBytes: number;
  readonly reconnectBackoff: BackoffOptions;
}

export interface SendOptions {
  /** Never use a higher version than this. */
  readonly maxVersion?: number;
  readonly timeoutMs?: number;
}

/** The versions of an API that both sides speak, or null. */
type Versions = ReadonlyMap<number, readonly [number, number]>;

/**
 * The way to one broker: connects when it is needed, learns what the broker speaks, and connects again
 * after a failure, with a growing pause between attempts.
 */
export class BrokerConnection {
  readonly address: Address;
  readonly #platform: ClientPlatform;
  readonly #settings: ConnectionSettings;
  readonly #features: FinalizedFeatures;
  #connection: ClientConnection | null = null;
  #connecting: Promise<ClientConnection> | null = null;
  #versions: Versions = new Map();
  #failures = 0;
  #failedAt = 0;
  #closed = false;

  constructor(
    address: Address,
    platform: ClientPlatform,
    settings: ConnectionSettings,
    features: FinalizedFeatures,
  ) {
    this.address = address;
    this.#platform = platform;
    this.#settings = settings;
    this.#features = features;
  }

  get isOpen(): boolean {
    return this.#connection?.isOpen === true;
  }

  /** The connection when it is there at this moment: for those who must keep an order. */
  get current(): ClientConnection | null {
    return this.isOpen ? this.#connection : null;
  }

  /** The last attempt to connect failed. */
  get isFailing(): boolean {
    return this.#failures > 0;
  }

  /** Connects when necessary; what was sent before is sent first. */
  async ready(): Promise<ClientConnection> {
    if (this.#connection?.isOpen) return this.#connection;
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  /** The highest version that both sides speak. Only of use while connected. */
  versionOf(name: ApiName, maxVersion = Number.POSITIVE_INFINITY): number {
    const [lowest, highest] = apis[name].versions;
    const offered = this.#versions.get(apis[name].key);
    const ours = Math.min(highest - (apis[name].unstable ? 1 : 0), maxVersion);
    const version = Math.min(ours, offered?.[1] ?? -1);
    if (offered === undefined || version < Math.max(lowest, offered[0])) {
      const { host, port } = this.address;
      throw new KafkaClientError(
        'UNSUPPORTED_VERSION',
        `the broker ${host}:${port} has no version of ${name} that this client speaks; use Kafka 2.8 or newer`,
      );
    }
    return version;
  }

  async send<Name extends ApiName>(
    name: Name,
    request: RequestInput<Name>,
    options: SendOptions = {},
  ): Promise<ResponseOutput<Name>> {
    try {
      const connection = await this.ready();
      const version = this.versionOf(name, options.maxVersion);
      return await connection.send(name, version, request, options.timeoutMs);
    } catch (error) {
      throw asClientError(error);
    }
  }

  close(): void {
    this.#closed = true;
    this.#connection?.close();
  }

  async #connect(): Promise<ClientConnection> {
    await this.#pauseAfterFailure();
    if (this.#closed) throw new KafkaClientError('CLIENT_CLOSED', 'the client is closed');
    const { host, port } = this.address;
    try {
      const connection = await ClientConnection.connect({
        ...this.#settings,
        ...this.#platform,
        address: this.address,
      });
      await this.#negotiate(connection);
      this.#connection = connection;
      this.#failures = 0;
    } catch (error) {
      this.#failures++;
      this.#failedAt = this.#platform.clock.monotonic();
      if (error instanceof KafkaClientError) throw error;
      throw new KafkaClientError(
        'NETWORK_EXCEPTION',
        `no connection to ${host}:${port} (${(error as Error).message}); check that a broker listens there`,
        { retriable: true, cause: error },
      );
    }
    if (this.#closed) this.#connection.close();
    return this.#connection;
  }

  async #pauseAfterFailure(): Promise<void> {
    if (this.#failures === 0) return;
    const { clock, random } = this.#platform;
    const pause = backoffMs(random, this.#settings.reconnectBackoff, this.#failures - 1);
    const left = this.#failedAt + pause - clock.monotonic();
    if (left > 0) await sleep(clock, left);
  }

  async #negotiate(connection: ClientConnection): Promise<void> {
    const request = { clientSoftwareName: 'tidelog', clientSoftwareVersion: '0.1.0' };
    let response = await connection.send('ApiVersions', apis.ApiVersions.versions[1], request);
    if (response.errorCode === errors.UNSUPPORTED_VERSION.code) {
      const offered = response.apiKeys.find(({ apiKey }) => apiKey === apis.ApiVersions.key);
      response = await connection.send('ApiVersions', offered?.maxVersion ?? 0, request);
    }
    if (response.errorCode !== errors.NONE.code) {
      connection.close();
      throw brokerError(response.errorCode, `${this.address.host}:${this.address.port}`);
    }
    this.#features.heard(response.finalizedFeaturesEpoch, response.finalizedFeatures);
    this.#versions = new Map(
      response.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [
        apiKey,
        [minVersion, maxVersion],
      ]),
    );
  }
}
