/** What we want to reach, held against what was measured. */
import { median } from '../lib/statistics.mjs';
import { number, samplesOf, timesBetter } from './cells.mjs';

/** @typedef {import('../lib/rounds.mjs').Result} Result */
/** @typedef {import('../lib/variants.mjs').VariantId} VariantId */

/**
 * @typedef {object} Target
 * @property {string} text
 * @property {string} point its name
 * @property {number} figure its index
 * @property {string} against `kafka`: how many times better than Apache Kafka; `limit`: at most so
 *   much; the name of a point: how many times as good as that
 * @property {number} wanted
 * @property {number} [wantedOfAddon] of Tidelog with its addon, where that may do more
 */

/** @param {string} text @param {string} point @param {number} figure @param {number[]} wanted */
const times = (text, point, figure, ...[wanted = 0, wantedOfAddon]) => ({
  text,
  point,
  figure,
  against: 'kafka',
  wanted,
  ...(wantedOfAddon !== undefined && { wantedOfAddon }),
});

/** @param {string} text @param {string} point @param {number} figure @param {number} wanted */
const atMost = (text, point, figure, wanted) => ({ text, point, figure, against: 'limit', wanted });

const cpuOfBytes = 5;
const cpuOfRequests = 4;
const manyPartitions = 'start, 10,000 partitions';
const empty = 'start, empty directory';
const embedded = '`startBroker()` in a process that runs';

/** @type {Target[]} */
export const targets = [
  times('produce 16 KiB, bytes for each CPU second', 'produce 16 KiB', cpuOfBytes, 4, 5),
  times('produce 100 KiB, bytes for each CPU second', 'produce 100 KiB', cpuOfBytes, 5, 6),
  times('produce 1 MiB, bytes for each CPU second', 'produce 1 MiB', cpuOfBytes, 3, 4),
  times(
    'fetch 1 MiB just produced, bytes for each CPU second',
    'fetch 1 MiB, just produced, 4 consumers',
    cpuOfBytes,
    0.8,
    1,
  ),
  times(
    'fetch 1 MiB from the page cache, bytes for each CPU second',
    'fetch 1 MiB, page cache, 4 consumers',
    cpuOfBytes,
    0.5,
    1,
  ),
  times('Metadata, requests for each CPU second', 'Metadata of one topic', cpuOfRequests, 3),
  times('Heartbeat, requests for each CPU second', 'Heartbeat', cpuOfRequests, 3),
  times(
    'OffsetCommit, requests for each CPU second',
    'OffsetCommit of one partition',
    cpuOfRequests,
    3,
  ),
  times('p99 of produce at 1,000 requests/s', 'produce response, 1,000 requests/s of 1 KiB', 2, 2),
  ...['16 KiB', '100 KiB', '1 MiB'].map((size) =>
    atMost(
      `ms p99 of a small produce beside four that saturate, ${size}`,
      `a small produce beside four of ${size}`,
      1,
      10,
    ),
  ),
  {
    text: 'produce with fsync as fast as without, both acks=all',
    point: 'produce 16 KiB, acks=all, fsync first',
    figure: 0,
    against: 'produce 16 KiB, acks=all',
    wanted: 0.3,
  },
  atMost('ms from start to the first Metadata reply', empty, 0, 120),
  times('start to the first Metadata reply', empty, 0, 20),
  times('10,000 partitions created with leaders', manyPartitions, 0, 10),
  times('10,000 partitions restarted after a clean stop', manyPartitions, 2, 10),
  times('10,000 partitions restarted after kill -9', manyPartitions, 4, 10),
  times('memory with 10,000 partitions', manyPartitions, 3, 2),
  atMost('ms of `startBroker()` to the first Metadata reply', embedded, 0, 50),
  atMost('memory for each byte of 100 MB in a test broker', embedded, 2, 1.5),
  atMost('MB of memory when idle', empty, 3, 80),
  times('idle memory', empty, 3, 4),
  atMost('MB more with 10,000 idle connections', '10,000 idle connections', 0, 150),
];

/**
 * @param {Target} target
 * @param {Result[]} results
 * @param {VariantId} [variant]
 * @returns {{ measured: number, isReached: boolean } | undefined} nothing where it was not measured
 */
export function judge({ point, figure, against, wanted }, results, variant = 'tidelog') {
  const find = (/** @type {string} */ name) => results.find((result) => result.name === name);
  const result = find(point);
  if (result === undefined) return undefined;
  const value = median(samplesOf(result, variant, figure));
  let measured = value;
  if (against === 'kafka') measured = timesBetter(result, figure, { variant });
  else if (against !== 'limit') {
    const other = find(against);
    measured = other ? value / median(samplesOf(other, variant, figure)) : Number.NaN;
  }
  if (Number.isNaN(measured)) return undefined;
  return { measured, isReached: against === 'limit' ? measured <= wanted : measured >= wanted };
}

/**
 * @param {Result[]} results
 * @returns {string} Markdown
 */
export function targetTable(results) {
  const rows = targets.flatMap((target) => {
    const { text, wantedOfAddon } = target;
    const row = targetRow(target, judge(target, results));
    if (wantedOfAddon === undefined) return [row];
    const addon = { ...target, text: `${text}, with the addon`, wanted: wantedOfAddon };
    return [row, targetRow(addon, judge(addon, results, 'native'))];
  });
  return `| target | wanted | measured | |\n|---|--:|--:|---|\n${rows.join('\n')}`;
}

/** @param {Target} target @param {ReturnType<typeof judge>} judged */
function targetRow({ text, against, wanted }, judged) {
  const unit = against === 'limit' ? '' : ' ×';
  const sign = against === 'limit' ? '≤' : '≥';
  const measured = judged === undefined ? '' : `${number(judged.measured)}${unit}`;
  const verdict = judged === undefined ? 'not measured' : judged.isReached ? 'reached' : '**no**';
  return `| ${text} | ${sign} ${wanted}${unit} | ${measured} | ${verdict} |`;
}
