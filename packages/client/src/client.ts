import { nodePlatform } from '@tidelog/platform';
import { type Admin, createAdmin } from './admin/admin.ts';
import { invalidArgument } from './client-error.ts';
import { type ClientOptions, clusterSettings } from './client-options.ts';
import { Cluster } from './cluster/cluster.ts';
import { Consumer } from './consumer/consumer.ts';
import { type ConsumerOptions, consumerSettings } from './consumer/consumer-settings.ts';
import { Producer } from './producer/producer.ts';
import { type ProducerOptions, producerSettings } from './producer/producer-settings.ts';
import { ShareConsumer } from './share-consumer/share-consumer.ts';
import { type ShareConsumerOptions, shareSettings } from './share-consumer/share-settings.ts';

/** One cluster: what is known of it is shared by the producers, consumers and admins made from it. */
export interface Client {
  producer(options?: ProducerOptions): Producer;
  consumer(options?: ConsumerOptions): Consumer;
  /** A member of a share group (KIP-932; Kafka 4.2 has it on by default). */
  shareConsumer(options: ShareConsumerOptions): ShareConsumer;
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
    const platform = options.platform ?? nodePlatform();
    this.#cluster = new Cluster(platform, clusterSettings(options, platform));
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

  shareConsumer(options: ShareConsumerOptions): ShareConsumer {
    const settings = shareSettings(options);
    return this.#track((onClose) => {
      const cluster = this.#cluster;
      return new ShareConsumer({ cluster, settings, lane: this.#lane(), onClose });
    });
  }

  admin(): Admin {
    return this.#track((onClose) => createAdmin(this.#cluster, onClose));
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
