import type { BrokerConfig, ClusterMetadata, Listener } from '@tidelog/metadata';
import type { Clock, Timer } from '@tidelog/platform';
import { errorOf } from '@tidelog/protocol';
import type { SupportedFeature } from '../services.ts';
import { StartupError } from '../startup-error.ts';

const SECURITY_PROTOCOLS = { PLAINTEXT: 0, SSL: 1, SASL_PLAINTEXT: 2, SASL_SSL: 3 } as const;

export interface RegistrationOptions {
  readonly config: BrokerConfig;
  readonly clusterId: string;
  readonly metadata: ClusterMetadata;
  readonly clock: Clock;
  /** New for each start. */
  readonly incarnationId: string;
  readonly directoryIds: readonly string[];
  /** Those of them that have failed since. */
  readonly failedDirectoryIds: () => readonly string[];
  readonly cordonedDirectoryIds: () => readonly string[];
  /** What clients are told, with the ports that are really bound. */
  readonly advertised: () => readonly (Listener & { readonly host: string })[];
  readonly features: readonly SupportedFeature[];
  readonly previousBrokerEpoch: number;
  readonly warn: (message: string) => void;
}

/**
 * This broker's membership in the cluster: it registers, is unfenced by its first heartbeats, and goes
 * on with one each `broker.heartbeat.interval.ms` so that it is not taken for dead.
 */
export class Registration {
  readonly #options: RegistrationOptions;
  #epoch = -1;
  #timer: Timer | null = null;
  #stopped = false;
  #hasCordoned = false;

  constructor(options: RegistrationOptions) {
    this.#options = options;
  }

  get brokerEpoch(): number {
    return this.#epoch;
  }

  /** Registers, and returns when the controller has unfenced this broker. Throws a StartupError. */
  async start(): Promise<void> {
    const { metadata, config, clusterId, advertised, features } = this.#options;
    const { incarnationId, directoryIds } = this.#options;
    const reply = await metadata.submit('BrokerRegistration', {
      brokerId: config.nodeId,
      clusterId,
      incarnationId,
      listeners: advertised().map(({ name, host, port, protocol }) => ({
        name,
        host,
        port,
        securityProtocol: SECURITY_PROTOCOLS[protocol],
      })),
      features: features.map(({ name, minVersion, maxVersion }) => ({
        name,
        minSupportedVersion: minVersion,
        maxSupportedVersion: maxVersion,
      })),
      rack: config.getString('broker.rack'),
      isMigratingZkBroker: false,
      logDirs: [...directoryIds],
      previousBrokerEpoch: this.#options.previousBrokerEpoch,
    });
    if (reply.errorCode !== 0) {
      throw new StartupError(
        `the broker cannot register: ${errorOf(reply.errorCode ?? 0).message}`,
      );
    }
    this.#epoch = reply.brokerEpoch ?? -1;
    while (await this.#heartbeat()) {
      // Fenced until the controller has seen that this broker has caught up.
    }
    this.#beat();
  }

  /** Tells the controller now what has changed. */
  beatNow(): void {
    if (this.#timer === null || this.#stopped) return;
    this.#timer.cancel();
    this.#beat(0);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #beat(delayMs = this.#options.config.getInt('broker.heartbeat.interval.ms')): void {
    this.#timer = this.#options.clock.setTimer(delayMs, () => {
      this.#timer = null;
      this.#heartbeat()
        .catch((error: unknown) => this.#options.warn(`heartbeat: ${String(error)}`))
        .finally(() => {
          if (!this.#stopped) this.#beat();
        });
    });
  }

  /** Null while none has been cordoned in this run: so it is without being told. */
  #cordoned(): string[] | null {
    const ids = this.#options.cordonedDirectoryIds();
    this.#hasCordoned ||= ids.length > 0;
    return this.#hasCordoned ? [...ids] : null;
  }

  /** True while the broker is fenced. */
  async #heartbeat(): Promise<boolean> {
    const { metadata, config } = this.#options;
    const reply = await metadata.submit('BrokerHeartbeat', {
      brokerId: config.nodeId,
      brokerEpoch: this.#epoch,
      currentMetadataOffset: metadata.appliedOffset - 1,
      wantFence: false,
      wantShutDown: false,
      offlineLogDirs: [...this.#options.failedDirectoryIds()],
      cordonedLogDirs: this.#cordoned(),
    });
    if (reply.errorCode !== 0) {
      throw new StartupError(`heartbeat: ${errorOf(reply.errorCode ?? 0).message}`);
    }
    return reply.isFenced ?? false;
  }
}
