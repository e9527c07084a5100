/** What has gone in and out of a topic's partitions on this broker, since it started. */
export interface Traffic {
  messagesIn: number;
  bytesIn: number;
  bytesOut: number;
  bytesRejected: number;
  produceRequests: number;
  failedProduceRequests: number;
  fetchRequests: number;
  failedFetchRequests: number;
}

/** Traffic by topic; what deleted topics have had stays in the total. */
export class TrafficMeter {
  readonly #topics = new Map<string, Traffic>();
  readonly #gone: Traffic = noTraffic();

  of(topic: string): Traffic {
    let traffic = this.#topics.get(topic);
    if (traffic === undefined) {
      traffic = noTraffic();
      this.#topics.set(topic, traffic);
    }
    return traffic;
  }

  forget(topic: string): void {
    const traffic = this.#topics.get(topic);
    if (traffic === undefined) return;
    this.#topics.delete(topic);
    add(this.#gone, traffic);
  }

  get topics(): ReadonlyMap<string, Readonly<Traffic>> {
    return this.#topics;
  }

  total(): Traffic {
    const total = { ...this.#gone };
    for (const traffic of this.#topics.values()) add(total, traffic);
    return total;
  }
}

function noTraffic(): Traffic {
  return {
    messagesIn: 0,
    bytesIn: 0,
    bytesOut: 0,
    bytesRejected: 0,
    produceRequests: 0,
    failedProduceRequests: 0,
    fetchRequests: 0,
    failedFetchRequests: 0,
  };
}

function add(sum: Traffic, traffic: Traffic): void {
  for (const key of Object.keys(sum) as (keyof Traffic)[]) sum[key] += traffic[key];
}
