/** Numbers as they stand in a table. */
import { median } from '../lib/statistics.mjs';

/** @typedef {import('../lib/rounds.mjs').Result} Result */
/** @typedef {import('../lib/variants.mjs').VariantId} VariantId */

/** @param {number} value */
export function number(value) {
  if (Number.isNaN(value)) return '?';
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/**
 * @param {Result} result
 * @param {VariantId} variant
 * @param {number} figure its index
 * @returns {number[]} in the order of the rounds
 */
export const samplesOf = (result, variant, figure) =>
  (result.samples[variant] ?? []).map((round) => round[figure] ?? Number.NaN);

/**
 * The median, and the least and the greatest; why there is none; nothing where it was not asked.
 * @param {Result} result
 * @param {VariantId} variant
 * @param {number} figure
 */
export function cell(result, variant, figure) {
  const samples = samplesOf(result, variant, figure);
  if (samples.length === 0) return result.failed[variant] === undefined ? '' : 'failed';
  const middle = number(median(samples));
  if (samples.length === 1) return middle;
  return `${middle} (${number(Math.min(...samples))}–${number(Math.max(...samples))})`;
}

/**
 * How many times better one variant is than another.
 * @param {Result} result
 * @param {number} figure
 * @param {{ variant?: VariantId, than?: VariantId }} [which] Tidelog than Apache Kafka
 * @returns {number} NaN where one of them was not measured
 */
export function timesBetter(result, figure, { variant = 'tidelog', than = 'kafka' } = {}) {
  const quotient =
    median(samplesOf(result, variant, figure)) / median(samplesOf(result, than, figure));
  return result.figures[figure]?.lowerIsBetter ? 1 / quotient : quotient;
}

/** @param {number} times */
export const timesCell = (times) => (Number.isNaN(times) ? '' : `${number(times)} ×`);

/**
 * How a cost grows: 1 is in proportion to the size, 0 not at all.
 * @param {[size: number, total: number][]} points
 * @returns {number} the exponent of the power law that fits best; NaN of fewer than two costs
 */
export function exponent(points) {
  const logs = points
    .filter(([, total]) => total > 0)
    .map(([size, total]) => /** @type {const} */ ([Math.log(size), Math.log(total)]));
  if (logs.length < 2) return Number.NaN;
  const mean = (/** @type {0 | 1} */ of) =>
    logs.reduce((sum, log) => sum + log[of], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const above = logs.reduce((sum, log) => sum + (log[0] - x) * (log[1] - y), 0);
  return above / logs.reduce((sum, log) => sum + (log[0] - x) ** 2, 0);
}
