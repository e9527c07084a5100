/** What was measured of the clients, as one Markdown table. */
import { median } from '../lib/statistics.mjs';

/**
 * @typedef {object} Row
 * @property {import('./shapes.mjs').Shape} shape
 * @property {Map<string, import('./clients.mjs').Outcome[]>} samples by the name of the client
 *
 * @typedef {{ unit: string, lower?: boolean, of: (outcome: any) => number }} Figure
 */

/** @type {Figure[]} */
const throughput = [
  { unit: 'records/s', of: ({ records, seconds }) => records / seconds },
  {
    unit: 'CPU µs/record',
    lower: true,
    of: ({ records, cpuSeconds }) => (cpuSeconds * 1e6) / records,
  },
  { unit: 'MB at most', lower: true, of: ({ peakMB }) => peakMB },
];
/** @type {Figure[]} */
const waiting = [
  { unit: 'ms, p50', lower: true, of: ({ p50 }) => p50 },
  { unit: 'ms, p99', lower: true, of: ({ p99 }) => p99 },
];

/** @param {number | undefined} value */
function number(value) {
  if (value === undefined || Number.isNaN(value)) return '';
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** @param {Row[]} rows @param {import('./clients.mjs').MeasuredClient[]} clients ours first */
export function clientTable(rows, clients) {
  const [ours, ...others] = clients.map(({ name }) => name);
  const heads = [
    ...clients.map(({ name }) => name),
    ...others.map((name) => `better than ${name.split(' ')[0]} by`),
  ];
  const lines = rows.flatMap(({ shape, samples }) =>
    (shape.task.what === 'latency' ? waiting : throughput).map((figure) => {
      const values = clients.map(({ name }) => medianOf(samples.get(name) ?? [], figure));
      const own = values[clients.findIndex(({ name }) => name === ours)] ?? Number.NaN;
      const ratios = values.slice(1).map((other) => (figure.lower ? other / own : own / other));
      const cells = [
        ...values.map(number),
        ...ratios.map((r) => (Number.isNaN(r) ? '' : `${number(r)} ×`)),
      ];
      return `| ${shape.name} | ${figure.unit} | ${cells.join(' | ')} |`;
    }),
  );
  return `| | | ${heads.join(' | ')} |\n|---|---|${heads.map(() => '--:|').join('')}\n${lines.join('\n')}\n`;
}

/** @param {any[]} outcomes @param {Figure} figure */
const medianOf = (outcomes, figure) => median(outcomes.map((outcome) => figure.of(outcome)));
