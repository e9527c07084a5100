import type { ConnectionOptions } from 'node:tls';
import type { ClientOptions, TlsOptions } from '../index.ts';
import { type Admin, type AdminConfig, createAdmin } from './admin.ts';
import { Consumer, type ConsumerConfig } from './consumer.ts';
import { KafkaJSNonRetriableError } from './errors.ts';
import { createLogger, type Logger, type logCreator, type logLevel } from './logging.ts';
import type { PartOptions } from './part.ts';
import { Producer, type ProducerConfig } from './producer.ts';
import { retryBackoff, retryTimeMs } from './retry.ts';
import { type SASLOptions, saslOptions } from './sasl.ts';
import type { RetryOptions } from './types.ts';

export interface KafkaConfig {
  readonly brokers: string[] | (() => string[] | Promise<string[]>);
  readonly ssl?: ConnectionOptions | boolean;
  readonly sasl?: SASLOptions;
  readonly clientId?: string;
  readonly connectionTimeout?: number;
  readonly authenticationTimeout?: number;
  readonly reauthenticationThreshold?: number;
  readonly requestTimeout?: number;
  readonly enforceRequestTimeout?: boolean;
  readonly retry?: RetryOptions;
  readonly logLevel?: logLevel;
  readonly logCreator?: logCreator;
}

/**
 * kafkajs's entrance, on this client: programs that were written for kafkajs change their import.
 *
 * @example
 * import { Kafka } from '@tidelog/client/kafkajs';
 *
 * const kafka = new Kafka({ clientId: 'billing', brokers: ['127.0.0.1:9092'] });
 * const producer = kafka.producer();
 */
export class Kafka {
  readonly #config: KafkaConfig;
  readonly #logger: Logger;

  constructor(config: KafkaConfig) {
    if (Array.isArray(config.brokers) && config.brokers.length === 0) {
      throw new KafkaJSNonRetriableError(
        'Failed to connect: expected brokers array and got nothing',
      );
    }
    this.#config = config;
    this.#logger = createLogger(config.logLevel, config.logCreator);
  }

  producer(config: ProducerConfig = {}): Producer {
    return new Producer(config, this.#part(config.retry, config.metadataMaxAge));
  }

  consumer(config: ConsumerConfig): Consumer {
    if (!config?.groupId) {
      throw new KafkaJSNonRetriableError('Consumer groupId must be a non-empty string.');
    }
    return new Consumer(config, this.#part(config.retry, config.metadataMaxAge));
  }

  admin(config: AdminConfig = {}): Admin {
    return createAdmin(this.#part(config.retry));
  }

  logger(): Logger {
    return this.#logger;
  }

  #part(retry: RetryOptions | undefined, metadataMaxAgeMs?: number): PartOptions {
    return {
      clientOptions: () =>
        this.#clientOptions({ ...this.#config.retry, ...retry }, metadataMaxAgeMs),
      logger: this.#logger,
      retry: { ...this.#config.retry, ...retry },
    };
  }

  async #clientOptions(retry: RetryOptions, metadataMaxAgeMs?: number): Promise<ClientOptions> {
    const { brokers, clientId, connectionTimeout, requestTimeout, ssl, sasl } = this.#config;
    const connectTimeoutMs = connectionTimeout ?? 1000;
    return {
      bootstrapServers: typeof brokers === 'function' ? await brokers() : brokers,
      clientId: clientId ?? 'kafkajs',
      connectTimeoutMs,
      apiTimeoutMs: connectTimeoutMs + retryTimeMs(retry),
      ...retryBackoff(retry),
      ...(requestTimeout !== undefined && { requestTimeoutMs: requestTimeout }),
      ...(metadataMaxAgeMs !== undefined && { metadataMaxAgeMs }),
      ...(ssl !== undefined && ssl !== false && { ssl: ssl as boolean | TlsOptions }),
      ...(sasl !== undefined && { sasl: saslOptions(sasl) }),
    };
  }
}
