/** What was measured of the clients, of one run or of several that measured a part each. */
import { clientTable } from './table.mjs';

/**
 * @typedef {object} Row
 * @property {import('./shapes.mjs').Shape} shape
 * @property {[string, import('./clients.mjs').Outcome[]][]} samples by the name of the client
 *
 * @typedef {object} Report
 * @property {string} date
 * @property {string} machine
 * @property {string} broker
 * @property {number} rounds
 * @property {string[]} clients their names, ours first
 * @property {string[]} absent why others are not among them, a sentence each
 * @property {Row[]} rows
 */

/**
 * One report of several: of what was measured more than once, the last.
 * @param {Report[]} reports in the order in which they were made, all against the same broker
 * @returns {Report}
 */
export function merged(reports) {
  const brokers = new Set(reports.map(({ broker }) => broker));
  if (brokers.size > 1) throw new Error(`not to be compared: ${[...brokers].join(', ')}`);
  /** @type {Map<string, Row>} */
  const rows = new Map();
  for (const report of reports) for (const row of report.rows) rows.set(row.shape.name, row);
  return { .../** @type {Report} */ (reports.at(-1)), rows: [...rows.values()] };
}

/** Between which marks of a page the report has its place. @param {Report} report */
export const marksOf = ({ broker }) => (broker === 'Tidelog' ? 'bench' : 'bench-kafka');

/** @param {Report} report @returns {string} Markdown */
export function text({ date, machine, broker, rounds, clients, absent, rows }) {
  const how = `Medians of ${rounds} against ${broker}, records from one client to one partition, acks=all`;
  const java = clients.some((name) => name.startsWith('Java'))
    ? ' Java: its kafka-producer-perf-test and kafka-consumer-perf-test, without their start.'
    : '';
  const isOurs = broker === 'Tidelog';
  const command = `npm run bench:clients${isOurs ? '' : ' -- --broker kafka'}`;
  return [
    clientTable(rows, clients),
    `${how}; CPU is that of the client's process.${java} ${date}, ${machine}. Repeat it with \`${command}\`.`,
    ...absent.map((sentence) => `${sentence}.`),
  ].join('\n');
}
