/** A column of docs/compatibility.md for each release of Apache Kafka that our client was run with. */
import { replaceBetween } from './docs.mjs';
import { compareReleases } from './kafka-releases.mjs';

const comments = {
  begin:
    '<!-- releases: written by `npm run conformance -- --kafka-version 2.8.2 --write-docs` -->',
  end: '<!-- end of releases -->',
};

/** @type {[area: string, names: RegExp][]} the first that fits counts */
const areas = [
  ['transactions', /^producer: transaction/],
  ['producer', /^producer: /],
  ['consumer, protocol `consumer`', /\(consumer\)$|^consumer: the assignor of the broker/],
  ['consumer', /^consumer: /],
  ['admin', /^admin: /],
  ['share consumer', /^share: /],
  ['types', /^types: /],
  ['patterns', /^patterns: /],
  ['command line', /^cli: /],
];

/**
 * @param {string} file
 * @param {string} release
 * @param {import('./report.mjs').Result[]} results
 */
export function writeRelease(file, release, results) {
  replaceBetween(file, comments, (before) => {
    const columns = columnsOf(before).set(release, column(results));
    const releases = [...columns.keys()].sort(compareReleases);
    const rows = areas.map(([area], i) => [
      area,
      ...releases.map((column) => columns.get(column)?.[i] ?? ''),
    ]);
    const head = ['`@tidelog/client`', ...releases];
    const table = [head, head.map(() => '---'), ...rows];
    return table.map((cells) => `| ${cells.join(' | ')} |`.replaceAll(' --- ', '---')).join('\n');
  });
}

/** By release, what stands in the table. @param {string} table @returns {Map<string, string[]>} */
function columnsOf(table) {
  const [head = [], , ...rows] = table.split('\n').map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  const releases = head.slice(1);
  return new Map(releases.map((name, i) => [name, rows.map((cells) => cells[i + 1] ?? '')]));
}

/** @param {import('./report.mjs').Result[]} results */
function column(results) {
  const ours = results.filter(({ suite }) => suite === 'tidelog-client');
  return areas.map((area) => {
    const own = ours.filter(({ name }) => areas.find(([, names]) => names.test(name)) === area);
    const run = own.filter(({ outcome }) => outcome !== 'skip');
    const passed = run.filter(({ outcome }) => outcome === 'ok').length;
    const lacking = own.length - run.length;
    const said = run.length === 0 ? '-' : `${passed} of ${run.length}`;
    return lacking === 0 ? said : `${said} (${lacking})`;
  });
}
