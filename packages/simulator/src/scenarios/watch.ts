import { KafkaClientError } from '@tidelog/client';
import { Violation } from '../scenario.ts';
import type { World } from '../world/world.ts';
import type { BrokerMachine } from './broker-crash/server.ts';
import { PATIENCE_MS } from './connect.ts';

/**
 * Lets time pass in a world until what a story waits for is there. Throws at once what goes wrong with
 * the broker or a client meanwhile.
 */
export class Watch {
  readonly #world: World;
  readonly #server: BrokerMachine;
  readonly #failure: () => Error | undefined;

  /** `failure` is what went wrong with a client; one that gives up violates what it promises. */
  constructor(world: World, server: BrokerMachine, failure: () => Error | undefined) {
    this.#world = world;
    this.#server = server;
    this.#failure = failure;
  }

  async until(condition: () => boolean): Promise<void> {
    const isOver = (): boolean =>
      condition() || this.#server.fault !== undefined || this.#failure() !== undefined;
    await this.#world.runUntil(isOver, PATIENCE_MS);
    if (this.#server.fault !== undefined) throw new Violation(this.#server.fault);
    const cause = this.#failure();
    if (cause === undefined) return;
    if (!(cause instanceof KafkaClientError)) throw cause;
    throw new Violation(`a client has given up: ${cause.message}`, { cause });
  }

  /** Lets so much time pass, or less when `isEnough`. */
  async pass(durationMs: number, isEnough: () => boolean = () => false): Promise<void> {
    const endMs = this.#world.nowMs + durationMs;
    this.#world.schedule(durationMs, 'the story goes on', () => {});
    await this.until(() => this.#world.nowMs >= endMs || isEnough());
  }

  /** Until `condition`, which is violated when it does not hold in time. */
  async within(limitMs: number, condition: () => boolean, complaint: string): Promise<void> {
    await this.pass(limitMs, condition);
    if (!condition()) throw new Violation(`${complaint}, ${limitMs} ms long`);
  }

  finish<T>(promise: Promise<T>): Promise<T> {
    return finish(promise, (condition) => this.until(condition));
  }
}

/** What `promise` gives or throws, after `wait` has let it come. */
export async function finish<T>(
  promise: Promise<T>,
  wait: (condition: () => boolean) => Promise<void>,
): Promise<T> {
  let isSettled = false;
  const settle = (): void => {
    isSettled = true;
  };
  promise.then(settle, settle);
  await wait(() => isSettled);
  return promise;
}
