/** What was measured of one load. Latencies are in milliseconds, sizes without what frames and batches add. */
export interface Measured {
  readonly test: 'produce' | 'consume' | 'latency';
  readonly records: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly recordsPerSecond: number;
  readonly megabytesPerSecond: number;
  /** Null where records are not timed one by one. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
}

export function measured(
  test: Measured['test'],
  load: { records: number; bytes: number; elapsedMs: number; latenciesMs: readonly number[] },
): Measured {
  const { records, bytes, elapsedMs } = load;
  const seconds = Math.max(elapsedMs, 0.001) / 1000;
  const latencies = Float64Array.from(load.latenciesMs).sort();
  return {
    test,
    records,
    bytes,
    seconds: rounded(seconds, 3),
    recordsPerSecond: Math.round(records / seconds),
    megabytesPerSecond: rounded(bytes / seconds / 1e6, 2),
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    maxMs: percentile(latencies, 1),
  };
}

/** The least latency that a share of all do not exceed; null where there are none. */
export function percentile(sorted: Float64Array, share: number): number | null {
  if (sorted.length === 0) return null;
  return rounded(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!, 2);
}

function rounded(value: number, digits: number): number {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
}
