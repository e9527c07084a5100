import type { KafkaError } from '@tidelog/protocol';
import type { NumberMetric } from './otlp-metrics.ts';
import type { Selectors, Wanted } from './subscriptions.ts';

/** Series that one client may have on the metrics page: what more it pushes is dropped. */
const MAX_SERIES = 1000;

/** One client that pushes its metrics, or may come to: what it was told, and what it told. */
export class ClientInstance {
  readonly selectors: Selectors;
  wanted: Wanted;
  subscriptionId: number;
  subscriptionsVersion: number;
  /** When it is forgotten, unless it comes back. */
  expiresMs = 0;
  isTerminating = false;
  lastError: KafkaError | null = null;
  #lastGetMs = Number.NEGATIVE_INFINITY;
  #lastPushMs = Number.NEGATIVE_INFINITY;
  readonly #series = new Map<string, NumberMetric>();

  constructor(given: {
    readonly selectors: Selectors;
    readonly wanted: Wanted;
    readonly subscriptionId: number;
    readonly subscriptionsVersion: number;
  }) {
    this.selectors = given.selectors;
    this.wanted = given.wanted;
    this.subscriptionId = given.subscriptionId;
    this.subscriptionsVersion = given.subscriptionsVersion;
  }

  /** New subscriptions: it may ask at once again. */
  resubscribe(wanted: Wanted, subscriptionId: number, version: number): void {
    this.wanted = wanted;
    this.subscriptionId = subscriptionId;
    this.subscriptionsVersion = version;
    this.isTerminating = false;
    this.lastError = null;
    this.#lastGetMs = Number.NEGATIVE_INFINITY;
    this.#lastPushMs = Number.NEGATIVE_INFINITY;
  }

  /** False when it asks before its next interval. */
  mayGet(now: number): boolean {
    if (now - Math.max(this.#lastGetMs, this.#lastPushMs) < this.wanted.intervalMs) return false;
    this.#lastGetMs = now;
    return true;
  }

  /** The same for a push. The first after a get may come early, as clients spread theirs. */
  mayPush(now: number): boolean {
    const isFirst = this.#lastGetMs > this.#lastPushMs;
    if (!isFirst && now - this.#lastPushMs < this.wanted.intervalMs) return false;
    this.#lastPushMs = now;
    return true;
  }

  get series(): Iterable<NumberMetric> {
    return this.#series.values();
  }

  record(metrics: readonly NumberMetric[]): void {
    for (const metric of metrics) {
      const key = JSON.stringify([metric.name, ...metric.attributes]);
      const before = this.#series.get(key);
      if (before === undefined && this.#series.size >= MAX_SERIES) continue;
      const base = metric.kind === 'delta' ? (before?.value ?? 0) : 0;
      this.#series.set(key, { ...metric, value: base + metric.value });
    }
  }
}
