import type { Exchange, ExchangeObserver } from '@tidelog/network';
import type { Address, Clock } from '@tidelog/platform';
import { isRetriable } from '../client-error.ts';
import { connectionChannel, requestChannel } from './channels.ts';
import type { Logger } from './logger.ts';

/** Tells of the connections to one broker, and of what is asked on them. */
export class BrokerEvents implements ExchangeObserver {
  readonly #clientId: string;
  readonly #broker: string;
  readonly #clock: Clock;
  readonly #log: Logger;

  constructor(
    { host, port }: Address,
    options: { clientId: string; clock: Clock; logger: Logger },
  ) {
    this.#clientId = options.clientId;
    this.#broker = `${host}:${port}`;
    this.#clock = options.clock;
    this.#log = options.logger;
  }

  get isListening(): boolean {
    return requestChannel.hasSubscribers;
  }

  ended({ sentAt, ...exchange }: Exchange): void {
    const durationMs = this.#clock.monotonic() - sentAt;
    const place = { clientId: this.#clientId, broker: this.#broker };
    requestChannel.publish({ ...place, ...exchange, durationMs });
  }

  /** `failures`: how many attempts in a row came to nothing before. */
  connected(startedAt: number, failures: number): void {
    const message = `connected to ${this.#broker}`;
    if (failures === 0) this.#log.debug(message);
    else this.#log.info(message, { failures });
    this.#publish('connected', startedAt, null);
  }

  failed(startedAt: number, failures: number, error: Error): void {
    // Once for each time that a broker goes away; what is not retried is thrown where it was asked for.
    if (failures === 1 && isRetriable(error)) this.#log.warn(error.message);
    else this.#log.debug(error.message, { failures });
    this.#publish('failed', startedAt, error);
  }

  closed(error: Error): void {
    this.#log.debug(error.message);
    this.#publish('closed', this.#clock.monotonic(), error);
  }

  #publish(state: 'connected' | 'failed' | 'closed', since: number, error: Error | null): void {
    if (!connectionChannel.hasSubscribers) return;
    const durationMs = this.#clock.monotonic() - since;
    const place = { clientId: this.#clientId, broker: this.#broker };
    connectionChannel.publish({ ...place, state, durationMs, error });
  }
}
