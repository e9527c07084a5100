import type { Exchange, ExchangeObserver, Outgoing } from '@tidelog/network';
import type { Address, Clock } from '@tidelog/platform';
import { isRetriable } from '../client-error.ts';
import { connectionChannel, requestChannel, type RequestObserver } from './channels.ts';
import type { Logger } from './logger.ts';

/** Tells of the connections to one broker, and of what is asked on them. */
export class BrokerEvents implements ExchangeObserver {
  readonly #clientId: string;
  readonly #broker: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #node: number;
  readonly #observer: RequestObserver | null;
  /** Requests that wait until they can be sent. */
  waiting = 0;

  constructor(
    { host, port, node }: Address & { readonly node: number },
    options: {
      clientId: string;
      clock: Clock;
      logger: Logger;
      requestObserver: RequestObserver | null;
    },
  ) {
    this.#node = node;
    this.#observer = options.requestObserver;
    this.#clientId = options.clientId;
    this.#broker = `${host}:${port}`;
    this.#clock = options.clock;
    this.#log = options.logger;
  }

  get isListening(): boolean {
    return this.#observer !== null || requestChannel.hasSubscribers;
  }

  sent(request: Outgoing): void {
    this.#observer?.sent({ ...this.#place, node: this.#node, ...request }, this.waiting);
  }

  ended({ sentAt, ...exchange }: Exchange): void {
    const durationMs = this.#clock.monotonic() - sentAt;
    const event = { ...this.#place, node: this.#node, ...exchange, durationMs };
    if (requestChannel.hasSubscribers) requestChannel.publish(event);
    this.#observer?.ended(event);
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

  get #place() {
    return { clientId: this.#clientId, broker: this.#broker };
  }

  #publish(state: 'connected' | 'failed' | 'closed', since: number, error: Error | null): void {
    if (!connectionChannel.hasSubscribers) return;
    const durationMs = this.#clock.monotonic() - since;
    connectionChannel.publish({ ...this.#place, state, durationMs, error });
  }
}
