/** What was measured of the clients, as one Markdown table. */
import { median } from '../lib/statistics.mjs';

/** @typedef {{ unit: string, lower?: boolean, of: (outcome: any) => number }} Figure */

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

/** @param {import('./report.mjs').Row[]} rows @param {string[]} clients their names, ours first */
export function clientTable(rows, clients) {
  const others = clients.slice(1);
  const heads = [...clients, ...others.slice(0, 1).map(ratioTo), 'better than the next best by'];
  const lines = rows.flatMap(({ shape, samples }) =>
    (shape.task.what === 'latency' ? waiting : throughput).map((figure) => {
      const bySample = new Map(samples);
      const [own = Number.NaN, ...values] = clients.map((name) =>
        median((bySample.get(name) ?? []).map((outcome) => figure.of(outcome))),
      );
      const ratios = values.map((other) => (figure.lower ? other / own : own / other));
      const least = Math.min(...ratios.filter((ratio) => !Number.isNaN(ratio)));
      const nextBest = others[ratios.indexOf(least)];
      const cells = [
        ...[own, ...values].map(number),
        ...ratios.slice(0, 1).map(times),
        nextBest === undefined ? '' : `${times(least)} (${shortName(nextBest)})`,
      ];
      return `| ${shape.name} | ${figure.unit} | ${cells.join(' | ')} |`;
    }),
  );
  return `| | | ${heads.join(' | ')} |\n|---|---|${heads.map(() => '--:|').join('')}\n${lines.join('\n')}\n`;
}

/** @param {number} ratio */
const times = (ratio) => (Number.isNaN(ratio) ? '' : `${number(ratio)} ×`);

/** @param {string} name */
const ratioTo = (name) => `better than ${shortName(name)} by`;

/** Without scope and version. @param {string} name */
function shortName(name) {
  const [first = ''] = name.split(' ');
  return /^@(\w+)\//.exec(first)?.[1] ?? first.replace("'s", '');
}
