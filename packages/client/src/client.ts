import { type Address, nodePlatform } from '@tidelog/platform';
import { Admin } from './admin/admin.ts';
import { invalidArgument } from './client-error.ts';
import type { ClientPlatform } from './cluster/broker-connection.ts';
import { Cluster } from './cluster/cluster.ts';
import { Consumer } from './consumer/consumer.ts';
import { type ConsumerOptions, consumerSettings } from './consumer/consumer-settings.ts';
import { Producer } from './producer/producer.ts';
import { type ProducerOptions, producerSettings } from './producer/producer-settings.ts';

export interface ClientOptions {
  /** `host:port` of some brokers, as a list or separated by commas; the others are found through them. */
  readonly bootstrapServers: string | readonly string[];
  /** How brokers name this client in their logs and quotas. */
  readonly clientId?: string;
  /** What the client stands on; Node's by default. */
  readonly platform?: ClientPlatform;
  readonly connectTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
  /** How long an admin or lookup call may take with its retries (`default.api.timeout.ms`). */
  readonly apiTimeoutMs?: number;
  readonly retryBackoffMs?: number;
  readonly retryBackoffMaxMs?: number;
  readonly reconnectBackoffMs?: number;
  readonly reconnectBackoffMaxMs?: number;
  readonly metadataMaxAgeMs?: number;
  /** A larger response of a broker is refused before it is allocated. */
  readonly maxResponseBytes?: number;
}

/** One cluster: what is known of it is shared by the producers, consumers and admins made from it. */
export interface Client {
  producer(options?: ProducerOptions): Producer;
  consumer(options?: ConsumerOptions): Consumer;
  admin(): Admin;
  /** Closes all that was made from it. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A client of a Kafka cluster (Apache Kafka 2.8 or newer, Tidelog, or what speaks the same). Connections
 * are made when they are needed. It keeps the process alive until it is closed.
 *
 * @example
 * await using client = createClient({ bootstrapServers: '127.0.0.1:9092' });
 */
export function createClient(options: ClientOptions): Client {
  return new KafkaClient(options);
}

class KafkaClient implements Client {
  readonly #cluster: Cluster;
  readonly #open = new Set<{ close(): Promise<void> }>();
  #lanes = 0;
  /** Timers of the platform do not keep a process alive; a client that waits to retry does. */
  #keepAlive: NodeJS.Timeout | null = null;

  constructor(options: ClientOptions) {
    this.#cluster = new Cluster(options.platform ?? nodePlatform(), {
      bootstrap: bootstrapAddresses(options.bootstrapServers),
      clientId: options.clientId ?? 'tidelog',
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
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
    });
  }

  producer(options: ProducerOptions = {}): Producer {
    const settings = producerSettings(options);
    return this.#track(
      (onClose) => new Producer({ cluster: this.#cluster, settings, lane: this.#lane(), onClose }),
    );
  }

  consumer(options: ConsumerOptions = {}): Consumer {
    const settings = consumerSettings(options);
    return this.#track(
      (onClose) => new Consumer({ cluster: this.#cluster, settings, lane: this.#lane(), onClose }),
    );
  }

  admin(): Admin {
    return this.#track((onClose) => new Admin(this.#cluster, onClose));
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#open, (part) => part.close()));
    this.#cluster.close();
    if (this.#keepAlive !== null) clearInterval(this.#keepAlive);
    this.#keepAlive = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #lane(): string {
    return `lane-${this.#lanes++}`;
  }

  #track<Part extends { close(): Promise<void> }>(make: (onClose: () => void) => Part): Part {
    if (this.#cluster.isClosed) throw invalidArgument('the client is closed; create a new one');
    this.#keepAlive ??= setInterval(() => {}, 0x7fffffff);
    const part = make(() => this.#open.delete(part));
    this.#open.add(part);
    return part;
  }
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
