import type { StreamsInternalTopic } from '@tidelog/coordinator';
import { errorOf } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';
import { createTopics } from './auto-creation.ts';

/** Failures that are remembered at most. */
const MOST_FAILURES = 1_000;

interface Failure {
  readonly detail: string;
  readonly untilMs: number;
}

/**
 * Creates the internal topics that members of streams groups ask for with each heartbeat until they
 * are there. What failed is told to the next heartbeats, and not tried again for a while.
 */
export class StreamsTopics {
  readonly #inFlight = new Set<string>();
  readonly #failures = new Map<string, Failure>();

  /** Begins to create; `retryMs` is for how long a failure counts. */
  create(
    broker: BrokerServices,
    topics: readonly StreamsInternalTopic[],
    retryMs: number,
  ): Promise<void> {
    const nowMs = broker.clock.now();
    const wanted = topics.filter(
      ({ name }) => this.#failure(name, nowMs) === undefined && !this.#inFlight.has(name),
    );
    if (wanted.length === 0) return Promise.resolve();
    for (const { name } of wanted) this.#inFlight.add(name);
    return createTopics(broker, wanted).then(
      (failures) => {
        for (const { name } of wanted) this.#inFlight.delete(name);
        for (const [name, { code, message }] of failures) {
          const detail = message || errorOf(code).message;
          this.#remember(name, { detail, untilMs: broker.clock.now() + retryMs });
        }
      },
      (error: unknown) => {
        const detail = error instanceof Error ? error.message : String(error);
        for (const { name } of wanted) {
          this.#inFlight.delete(name);
          this.#remember(name, { detail, untilMs: broker.clock.now() + retryMs });
        }
      },
    );
  }

  /** Why topics could not be created lately: `name (reason)`. */
  failures(broker: BrokerServices, names: readonly string[]): string[] {
    const nowMs = broker.clock.now();
    return names.flatMap((name) => {
      const failure = this.#failure(name, nowMs);
      return failure === undefined ? [] : [`${name} (${failure.detail})`];
    });
  }

  #failure(name: string, nowMs: number): Failure | undefined {
    const failure = this.#failures.get(name);
    if (failure === undefined || failure.untilMs > nowMs) return failure;
    this.#failures.delete(name);
    return undefined;
  }

  #remember(name: string, failure: Failure): void {
    this.#failures.delete(name);
    this.#failures.set(name, failure);
    if (this.#failures.size <= MOST_FAILURES) return;
    const [oldest] = this.#failures.keys();
    this.#failures.delete(oldest!);
  }
}
