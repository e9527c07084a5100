/** What is said of a measurement. */

/**
 * @typedef {object} Figure
 * @property {string} unit
 * @property {boolean} [lowerIsBetter]
 * @property {boolean} [perUnit] a cost for each of what a series of points has ever more of
 */

/** @param {string} unit @returns {Figure} */
export const cost = (unit) => ({ unit, lowerIsBetter: true });

/** @param {string} unit @returns {Figure} */
export const costOfEach = (unit) => ({ unit, lowerIsBetter: true, perUnit: true });

/** Latencies in ms: the figures of `percentiles`. */
export const latencyFigures = [cost('ms p50'), cost('ms p99'), cost('ms p999')];

/** @param {import('./histogram.mjs').Histogram} histogram */
export const percentiles = (histogram) => [0.5, 0.99, 0.999].map((q) => histogram.quantile(q));

const rate = { unit: 'requests/s' };
const perMillion = cost('CPU s/million');
const memory = cost('MB resident');

/** What `ofBytes` gives: for loads that move record batches. */
export const byteFigures = [
  { unit: 'MB/s' },
  rate,
  ...latencyFigures,
  cost('CPU s/GB'),
  perMillion,
  memory,
];

/**
 * @param {import('./load.mjs').LoadResult} result
 * @param {import('./brokers.mjs').Broker} broker
 */
export const ofBytes = (result, broker) => [
  result.bytes / 1e6 / result.seconds,
  result.requests / result.seconds,
  ...percentiles(result.latency),
  result.cpuSeconds / (result.bytes / 1e9),
  result.cpuSeconds / (result.requests / 1e6),
  broker.residentMB(),
];

/** What `ofRequests` gives: for loads of small requests. */
export const requestFigures = [rate, ...latencyFigures, perMillion, memory];

/**
 * @param {import('./load.mjs').LoadResult} result
 * @param {import('./brokers.mjs').Broker} broker
 */
export const ofRequests = (result, broker) => [
  result.requests / result.seconds,
  ...percentiles(result.latency),
  result.cpuSeconds / (result.requests / 1e6),
  broker.residentMB(),
];

/** What `perByte` gives: for flows without a latency of their own. */
export const flowFigures = [{ unit: 'MB/s' }, cost('CPU s/GB')];

/** @param {{ bytes: number, seconds: number, cpuSeconds: number }} result */
export const perByte = ({ bytes, seconds, cpuSeconds }) => [
  bytes / 1e6 / seconds,
  cpuSeconds / (bytes / 1e9),
];
