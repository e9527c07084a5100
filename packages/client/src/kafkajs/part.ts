import { type Client, type ClientOptions, createClient, type RequestObserver } from '../index.ts';
import { KafkaJSError } from './errors.ts';
import { translated } from './failures.ts';
import { Events } from './events.ts';
import type { Logger } from './logging.ts';
import { networkEvents, type NetworkEventNames } from './network-events.ts';
import type { RetryOptions } from './types.ts';

/** How the parts of a Kafka make their clients: each part has its own, as in kafkajs. */
export interface PartOptions {
  readonly clientOptions: () => Promise<ClientOptions>;
  readonly logger: Logger;
  readonly retry: RetryOptions;
}

type PartEvents = Readonly<Record<string, string>> &
  NetworkEventNames & {
    readonly CONNECT: string;
    readonly DISCONNECT: string;
  };

/** What producers, consumers and admins of kafkajs have in common. */
export class Part<Names extends PartEvents> {
  readonly events: Names;
  protected readonly emitter: Events<Names>;
  protected readonly retry: RetryOptions;
  readonly #what: string;
  readonly #options: PartOptions;
  readonly #logger: Logger;
  #client: Client | null = null;

  constructor(what: string, names: Names, options: PartOptions) {
    this.#what = what;
    this.#options = options;
    this.#logger = options.logger.namespace(what);
    this.events = names;
    this.retry = options.retry;
    this.emitter = new Events(names, (error, type) => {
      this.#logger.error(`a listener of ${type} has thrown`, { error: String(error) });
    });
  }

  logger(): Logger {
    return this.#logger;
  }

  /** Gives what removes the listener again. */
  get on(): Events<Names>['on'] {
    return (name, listener) => this.emitter.on(name, listener);
  }

  /** Rejects where no broker answers. */
  async connect(): Promise<void> {
    if (this.#client !== null) return;
    const logger = this.#logger;
    const requestObserver = this.requestObserver();
    const options = { ...(await this.#options.clientOptions()), logger, requestObserver };
    const client = createClient(options);
    const admin = client.admin();
    try {
      await translated(admin.describeCluster());
    } catch (error) {
      await client.close();
      throw error;
    }
    await admin.close();
    this.#client = client;
    this.emitter.emit(this.events.CONNECT as Names[keyof Names] & string);
  }

  async disconnect(): Promise<void> {
    const client = this.#client;
    if (client === null) return;
    this.#client = null;
    await client.close();
    this.emitter.emit(this.events.DISCONNECT as Names[keyof Names] & string);
  }

  /** Is told of the requests of this part's client. */
  protected requestObserver(): RequestObserver {
    return networkEvents(this.emitter);
  }

  protected get client(): Client {
    if (this.#client !== null) return this.#client;
    throw new KafkaJSError(`The ${this.#what.toLowerCase()} is disconnected`);
  }

  protected get isConnected(): boolean {
    return this.#client !== null;
  }
}
