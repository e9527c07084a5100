/** What is said of a measurement. */

/** @typedef {{ unit: string, lowerIsBetter?: boolean }} Figure */

/** @type {Figure[]} */
export const bytesMoved = [{ unit: 'MB/s' }, { unit: 'CPU s/GB', lowerIsBetter: true }];

/**
 * The samples of `bytesMoved`.
 * @param {import('./load.mjs').LoadResult} result
 */
export const perByte = ({ bytes, seconds, cpuSeconds }) => [
  bytes / 1e6 / seconds,
  cpuSeconds / (bytes / 1e9),
];
