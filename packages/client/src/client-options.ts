import type { Address, TlsOptions } from '@tidelog/platform';
import { invalidArgument } from './client-error.ts';
import type { ClientPlatform } from './cluster/broker-connection.ts';
import type { ClusterSettings } from './cluster/cluster.ts';
import type { RequestObserver } from './diagnostics/channels.ts';
import { type Logger, loggerOf } from './diagnostics/logger.ts';
import { saslSettings, type SaslOptions } from './cluster/sasl-options.ts';

export interface ClientOptions {
  /** `host:port` of some brokers, as a list or separated by commas; the others are found through them. */
  readonly bootstrapServers: string | readonly string[];
  /** How brokers name this client in their logs and quotas. */
  readonly clientId?: string;
  /**
   * Encrypts the connections (`security.protocol` SSL or SASL_SSL): true trusts the authorities that
   * Node knows, an object says more. Certificates are checked, the host's name in them too.
   */
  readonly ssl?: boolean | TlsOptions;
  /** Tells brokers who this is (`security.protocol` SASL_PLAINTEXT or SASL_SSL). */
  readonly sasl?: SaslOptions;
  /**
   * Told what the client does. Warnings and errors go to the console when it is left out, and nothing
   * anywhere with `{}`.
   */
  readonly logger?: Partial<Logger>;
  /**
   * Told of the requests of this client alone, in the turn in which they are sent and end. The channel
   * `tidelog:client:request` tells of all clients.
   */
  readonly requestObserver?: RequestObserver;
  /** What the client stands on; Node's by default. */
  readonly platform?: ClientPlatform;
  /** How long a broker may take to accept a connection (`socket.connection.setup.timeout.ms`) … */
  readonly connectTimeoutMs?: number;
  /** … which doubles with each failure in a row up to this (`socket.connection.setup.timeout.max.ms`). */
  readonly connectTimeoutMaxMs?: number;
  readonly requestTimeoutMs?: number;
  /** How long an admin or lookup call may take with its retries (`default.api.timeout.ms`). */
  readonly apiTimeoutMs?: number;
  readonly retryBackoffMs?: number;
  readonly retryBackoffMaxMs?: number;
  readonly reconnectBackoffMs?: number;
  readonly reconnectBackoffMaxMs?: number;
  /** A connection that nothing is sent on for so long is closed (`connections.max.idle.ms`). */
  readonly connectionsMaxIdleMs?: number;
  readonly metadataMaxAgeMs?: number;
  /**
   * What to do when no known broker answers: begin anew with `bootstrapServers`, or go on trying
   * (`metadata.recovery.strategy`, KIP-899).
   */
  readonly metadataRecoveryStrategy?: 'rebootstrap' | 'none';
  /**
   * Begin anew also when brokers answer, but none has given metadata for so long
   * (`metadata.recovery.rebootstrap.trigger.ms`, KIP-1102).
   */
  readonly metadataRecoveryRebootstrapTriggerMs?: number;
  /** A larger response of a broker is refused before it is allocated. */
  readonly maxResponseBytes?: number;
}

/** The options with their defaults; throws INVALID_ARGUMENT. */
export function clusterSettings(
  options: ClientOptions,
  { clock }: ClientPlatform,
): ClusterSettings {
  const { ssl, sasl } = options;
  const recoveryStrategy = options.metadataRecoveryStrategy ?? 'rebootstrap';
  if (recoveryStrategy !== 'rebootstrap' && recoveryStrategy !== 'none') {
    throw invalidArgument("`metadataRecoveryStrategy` is 'rebootstrap' or 'none'");
  }
  return {
    bootstrap: bootstrapAddresses(options.bootstrapServers),
    clientId: options.clientId ?? 'tidelog',
    tls: ssl === true ? {} : ssl === false ? undefined : ssl,
    sasl: sasl === undefined ? null : saslSettings(sasl, clock),
    logger: loggerOf(options.logger),
    requestObserver: options.requestObserver ?? null,
    connectTimeout: {
      initialMs: options.connectTimeoutMs ?? 10_000,
      maxMs: options.connectTimeoutMaxMs ?? 30_000,
    },
    maxIdleMs: options.connectionsMaxIdleMs ?? 540_000,
    metadataRecovery: {
      strategy: recoveryStrategy,
      triggerMs: options.metadataRecoveryRebootstrapTriggerMs ?? 300_000,
    },
    requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
    apiTimeoutMs: options.apiTimeoutMs ?? 60_000,
    metadataMaxAgeMs: options.metadataMaxAgeMs ?? 300_000,
    maxResponseBytes: options.maxResponseBytes ?? 256 * 1024 * 1024,
    retryBackoff: {
      initialMs: options.retryBackoffMs ?? 100,
      maxMs: options.retryBackoffMaxMs ?? 1000,
    },
    reconnectBackoff: {
      initialMs: options.reconnectBackoffMs ?? 50,
      maxMs: options.reconnectBackoffMaxMs ?? 1000,
    },
  };
}

function bootstrapAddresses(servers: string | readonly string[]): Address[] {
  const list = (typeof servers === 'string' ? servers.split(',') : servers)
    .map((server) => server.trim())
    .filter((server) => server !== '');
  if (list.length === 0) {
    throw invalidArgument("`bootstrapServers` is empty; give one broker at least: 'host:9092'");
  }
  return list.map((server) => {
    const match = /^(?:\[(?<v6>[^\]]+)\]|(?<host>[^:]+)):(?<port>\d{1,5})$/.exec(server);
    const { v6, host, port } = match?.groups ?? {};
    if (port === undefined || Number(port) > 65535) {
      throw invalidArgument(`the bootstrap server ${server} is not of the form host:port`);
    }
    return { host: v6 ?? host!, port: Number(port) };
  });
}
