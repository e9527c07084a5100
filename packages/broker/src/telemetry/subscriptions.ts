import {
  type ConfigResource,
  clientMetricsConfigDef,
  parseMatcher,
  RESOURCE,
} from '@tidelog/metadata';
import type { MetadataImage } from '@tidelog/metadata';

/** What a client can be selected by, under the names of `match`. */
export type Selectors = ReadonlyMap<string, string>;

interface Subscription {
  readonly metrics: readonly string[];
  readonly intervalMs: number;
  readonly matchers: readonly { readonly selector: string; readonly pattern: RegExp }[];
}

/** What one client is asked to push, from all subscriptions that match it. */
export interface Wanted {
  /** Prefixes of names; `*` for all; empty for none. */
  readonly metrics: readonly string[];
  readonly intervalMs: number;
}

const ALL = '*';
const DEFAULT_INTERVAL_MS = 300_000;

/** The subscriptions to client metrics that the cluster's configs hold (KIP-714). */
export class TelemetrySubscriptions {
  readonly #image: () => MetadataImage;
  readonly #byName = new Map<string, Subscription>();
  /** Counts changes, so that who has asked before can see that the answer may be another now. */
  version = 0;

  constructor(image: () => MetadataImage) {
    this.#image = image;
  }

  /** The configs of a resource have changed. */
  changed({ type, name }: ConfigResource): void {
    if (type !== RESOURCE.CLIENT_METRICS) return;
    this.version++;
    const configs = this.#image().configs.of(type, name);
    if (configs.size === 0) {
      this.#byName.delete(name);
      return;
    }
    const { values } = clientMetricsConfigDef.parse(configs);
    this.#byName.set(name, {
      metrics: values.get('metrics') as readonly string[],
      intervalMs: Number(values.get('interval.ms')),
      matchers: (values.get('match') as readonly string[]).flatMap((entry) => {
        const matcher = parseMatcher(entry);
        return matcher === undefined ? [] : [matcher];
      }),
    });
  }

  load(): void {
    for (const resource of this.#image().configs.resources()) this.changed(resource);
  }

  wantedOf(client: Selectors): Wanted {
    const metrics = new Set<string>();
    let intervalMs = DEFAULT_INTERVAL_MS;
    for (const subscription of this.#byName.values()) {
      const isMatch = subscription.matchers.every(({ selector, pattern }) =>
        pattern.test(client.get(selector) ?? ''),
      );
      if (!isMatch) continue;
      for (const metric of subscription.metrics) metrics.add(metric);
      intervalMs = Math.min(intervalMs, subscription.intervalMs);
    }
    return { metrics: metrics.has(ALL) ? [ALL] : [...metrics], intervalMs };
  }
}
