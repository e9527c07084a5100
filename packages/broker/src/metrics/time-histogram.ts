import type { Summary } from './exposition.ts';

/** Values up to here have a bucket each; above, each power of two is cut into `STEPS`. */
const EXACT = 16;
const STEPS = 8;
const STEP_BITS = 3;
const EXACT_BITS = 4;
const BUCKETS = EXACT + (31 - EXACT_BITS) * STEPS;
const QUANTILES = [0.5, 0.75, 0.95, 0.98, 0.99, 0.999] as const;

export interface HistogramWindows {
  /** `metrics.num.samples` */
  readonly count: number;
  /** `metrics.sample.window.ms` */
  readonly lengthMs: number;
}

/**
 * How long things took: count and sum since the start, quantiles of the last windows. A quantile is
 * right to an eighth of its value; noting a duration costs a few additions and no memory.
 */
export class TimeHistogram {
  #count = 0;
  #sumMs = 0;
  readonly #windows: { startMs: number; readonly counts: Uint32Array }[];
  readonly #lengthMs: number;
  #current = 0;

  constructor({ count, lengthMs }: HistogramWindows) {
    this.#lengthMs = lengthMs;
    this.#windows = Array.from({ length: Math.max(count, 2) }, () => ({
      startMs: Number.NEGATIVE_INFINITY,
      counts: new Uint32Array(BUCKETS),
    }));
  }

  /** `nowMs` is monotonic. */
  record(durationMs: number, nowMs: number): void {
    this.#count++;
    this.#sumMs += durationMs;
    let window = this.#windows[this.#current]!;
    if (nowMs - window.startMs >= this.#lengthMs) window = this.#turn(nowMs);
    window.counts[bucketOf(durationMs * 1000)]!++;
  }

  /** Milliseconds; quantiles are 0 where nothing was noted lately. */
  summary(nowMs: number): Summary {
    const oldest = nowMs - this.#lengthMs * this.#windows.length;
    const recent = this.#windows.filter(({ startMs }) => startMs > oldest);
    const counts = Array.from({ length: BUCKETS }, (_, bucket) =>
      recent.reduce((sum, window) => sum + window.counts[bucket]!, 0),
    );
    const total = counts.reduce((sum, count) => sum + count, 0);
    const quantiles = QUANTILES.map((q) => [q, quantileOf(counts, q * total) / 1000] as const);
    return { count: this.#count, sum: this.#sumMs, quantiles };
  }

  #turn(nowMs: number): { startMs: number; readonly counts: Uint32Array } {
    this.#current = (this.#current + 1) % this.#windows.length;
    const window = this.#windows[this.#current]!;
    window.startMs = nowMs;
    window.counts.fill(0);
    return window;
  }
}

function bucketOf(durationUs: number): number {
  const value = Math.min(Math.max(durationUs, 0), 0x7fffffff) | 0;
  if (value < EXACT) return value;
  const exponent = 31 - Math.clz32(value);
  const step = (value >>> (exponent - STEP_BITS)) & (STEPS - 1);
  return EXACT + (exponent - EXACT_BITS) * STEPS + step;
}

/** The largest value of a bucket, in microseconds. */
function upperBound(bucket: number): number {
  if (bucket < EXACT) return bucket;
  const exponent = Math.floor((bucket - EXACT) / STEPS) + EXACT_BITS;
  const step = (bucket - EXACT) % STEPS;
  return (STEPS + step + 1) * 2 ** (exponent - STEP_BITS) - 1;
}

function quantileOf(counts: readonly number[], rank: number): number {
  let seen = 0;
  for (const [bucket, count] of counts.entries()) {
    seen += count;
    if (count > 0 && seen >= rank) return upperBound(bucket);
  }
  return 0;
}
