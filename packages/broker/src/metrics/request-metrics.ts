import type { Clock } from '@tidelog/platform';
import type { Exposition } from './exposition.ts';
import { type HistogramWindows, TimeHistogram } from './time-histogram.ts';

/** How many requests of one API there were, and how long they took. */
export class RequestMeter {
  readonly total: TimeHistogram;
  readonly local: TimeHistogram;
  readonly #clock: Clock;

  constructor(clock: Clock, windows: HistogramWindows) {
    this.#clock = clock;
    this.total = new TimeHistogram(windows);
    this.local = new TimeHistogram(windows);
  }

  /** Gives back what a handler returned that was called at `startMs`; notes when there is an answer. */
  note(result: unknown, startMs: number): unknown {
    const returnedMs = this.#clock.monotonic();
    this.local.record(returnedMs - startMs, returnedMs);
    if (result instanceof Promise) {
      const answered = (): void => {
        const now = this.#clock.monotonic();
        this.total.record(now - startMs, now);
      };
      result.then(answered, answered);
    } else {
      this.total.record(returnedMs - startMs, returnedMs);
    }
    return result;
  }
}

/** A meter for each API. */
export class RequestMetrics {
  readonly #clock: Clock;
  readonly #windows: HistogramWindows;
  readonly #meters = new Map<string, RequestMeter>();

  constructor(clock: Clock, windows: HistogramWindows) {
    this.#clock = clock;
    this.#windows = windows;
  }

  of(api: string): RequestMeter {
    let meter = this.#meters.get(api);
    if (meter === undefined) {
      meter = new RequestMeter(this.#clock, this.#windows);
      this.#meters.set(api, meter);
    }
    return meter;
  }

  /** APIs that were asked for, under the names of the JMX beans `kafka.network:type=RequestMetrics`. */
  collect(page: Exposition): void {
    const now = this.#clock.monotonic();
    const prefix = 'kafka_network_requestmetrics';
    for (const [request, { total, local }] of this.#meters) {
      const summary = total.summary(now);
      if (summary.count === 0) continue;
      page.counter(`${prefix}_requests_total`, 'Requests by API', summary.count, { request });
      const whole = 'Milliseconds from a request to its answer';
      page.summary(`${prefix}_totaltimems`, whole, summary, { request });
      const own = 'Milliseconds in which a request kept the broker busy before it waited';
      page.summary(`${prefix}_localtimems`, own, local.summary(now), { request });
    }
  }
}
