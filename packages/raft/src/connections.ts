import type { NodeAddress } from './keys.ts';

type Connection =
  | { readonly state: 'inFlight'; readonly correlationId: number; readonly until: number }
  | { readonly state: 'backingOff'; readonly until: number };

/** At most one request in flight for each node; a pause after a failed one. */
export class Connections {
  readonly #requestMs: number;
  readonly #backoffMs: number;
  readonly #byNode = new Map<number, Connection>();
  #lastCorrelationId = 0;

  constructor(requestMs: number, backoffMs: number) {
    this.#requestMs = requestMs;
    this.#backoffMs = backoffMs;
  }

  isReady(node: number, now: number): boolean {
    const connection = this.#byNode.get(node);
    return connection === undefined || connection.until <= now;
  }

  isBackingOff(node: number, now: number): boolean {
    const connection = this.#byNode.get(node);
    return connection?.state === 'backingOff' && connection.until > now;
  }

  hasTimedOut(node: number, now: number): boolean {
    const connection = this.#byNode.get(node);
    return connection?.state === 'inFlight' && connection.until <= now;
  }

  anyInFlight(now: number): boolean {
    for (const connection of this.#byNode.values()) {
      if (connection.state === 'inFlight' && connection.until > now) return true;
    }
    return false;
  }

  /** A ready node, chosen from `start` on; undefined when none is. */
  firstReady(nodes: readonly NodeAddress[], start: number, now: number): NodeAddress | undefined {
    const rotated = [...nodes.slice(start), ...nodes.slice(0, start)];
    return rotated.find((node) => this.isReady(node.id, now));
  }

  /** Marks a request as sent; returns its correlation id. */
  sent(node: number, now: number): number {
    this.#lastCorrelationId += 1;
    const correlationId = this.#lastCorrelationId;
    this.#byNode.set(node, { state: 'inFlight', correlationId, until: now + this.#requestMs });
    return correlationId;
  }

  isExpected(node: number, correlationId: number): boolean {
    const connection = this.#byNode.get(node);
    return connection?.state === 'inFlight' && connection.correlationId === correlationId;
  }

  /** Ends an expected exchange. The handling of its response may already have reset the connection. */
  finished(exchange: { node: number; correlationId: number; ok: boolean }, now: number): void {
    const { node, correlationId, ok } = exchange;
    if (!this.isExpected(node, correlationId)) return;
    if (ok) this.#byNode.delete(node);
    else this.#byNode.set(node, { state: 'backingOff', until: now + this.#backoffMs });
  }

  reset(node: number): void {
    this.#byNode.delete(node);
  }

  /** Forgets everything; what was in flight is no longer expected. */
  resetAll(): void {
    this.#byNode.clear();
  }

  /** When the next timeout or pause ends. */
  nextDeadline(now: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { until } of this.#byNode.values()) if (until > now) next = Math.min(next, until);
    return next;
  }
}
