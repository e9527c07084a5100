/** Numbers from samples. */

/**
 * @param {number[]} samples in any order
 * @param {number} fraction 0.5 is the median
 * @returns {number} NaN of no samples
 */
export function quantile(samples, fraction) {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

/**
 * @param {number[]} samples
 * @returns {number} of an even number of samples what lies between the two in the middle
 */
export function median(samples) {
  const opposite = quantile(
    samples.map((sample) => -sample),
    0.5,
  );
  return (quantile(samples, 0.5) - opposite) / 2;
}
