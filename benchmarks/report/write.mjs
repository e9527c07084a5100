/** Puts results where readers find them: the README, its plot, and the page with all of them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryDir } from '../../conformance/lib/cache.mjs';
import { bars, plot } from './plot.mjs';
import { fullTables, shortTable, writeInto } from './table.mjs';
import { targetTable } from './targets.mjs';

/**
 * @typedef {object} Report
 * @property {string} date
 * @property {string} machine
 * @property {string} ceiling what the load by itself reaches
 * @property {number} rounds
 * @property {import('../lib/rounds.mjs').Result[]} results
 */

/** @param {Report} report */
export const conditions = ({ date, machine, ceiling, rounds }) =>
  `Medians of ${rounds} rounds, with the least and the greatest. ${date}, ${machine}; ${ceiling}.`;

/**
 * One report of several runs: of what was measured more than once, the last.
 * @param {Report[]} reports in the order in which they were made
 * @returns {Report}
 */
export function merged(reports) {
  /** @type {Map<string, import('../lib/rounds.mjs').Result>} */
  const results = new Map();
  for (const report of reports) {
    for (const result of report.results) results.set(`${result.group}/${result.name}`, result);
  }
  return { .../** @type {Report} */ (reports.at(-1)), results: [...results.values()] };
}

/** @param {Report} report */
export function write(report) {
  const { results, date } = report;
  const picture = '![How many times better Tidelog is than Apache Kafka](docs/performance.svg)';
  const short = [
    picture,
    shortTable(results),
    `${conditions(report)} Repeat it with \`npm run bench\`.`,
  ].join('\n\n');
  const page = join(repositoryDir, 'docs', 'performance.md');
  writeInto(page, targetTable(results), 'targets');
  writeInto(page, `${conditions(report)}\n\n${fullTables(results)}`);
  writeFileSync(join(repositoryDir, 'docs', 'performance.svg'), plot(bars(results), date));
  writeInto(join(repositoryDir, 'README.md'), short);
}
