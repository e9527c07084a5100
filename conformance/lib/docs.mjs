/** The results in docs/compatibility.md, between two comments; the rest of the page is written by hand. */
import { readFileSync, writeFileSync } from 'node:fs';

const begin = '<!-- conformance: written by `npm run conformance -- --write-docs` -->';
const end = '<!-- end of conformance -->';

/**
 * @param {import('./report.mjs').Report} report
 * @param {import('../run.mjs').Suite[]} suites
 */
function section(report, suites) {
  const rows = suites.flatMap(({ name, client }) => {
    const results = report.results.filter((result) => result.suite === name);
    const checks = results.filter((result) => result.outcome !== 'skip');
    if (results.length === 0) return [];
    const passed = checks.filter((result) => result.outcome === 'ok').length;
    const said = checks.length === 0 ? 'not run' : `${passed} of ${checks.length}`;
    return [`| ${client} | ${report.versions.get(name) ?? ''} | ${said} |`];
  });
  const failures = report.results.filter((result) => result.outcome === 'FAIL');
  const failed = failures.map((result) => `- ${result.suite}: ${result.name}`);
  const matrix = clientMatrix(report);
  return [
    '| client or tool | version | checks passed |',
    '|---|---|---|',
    ...rows,
    ...(failed.length === 0 ? [] : ['', 'Failing:', '', ...failed]),
    ...(matrix.length === 0 ? [] : ['', ...matrix]),
  ].join('\n');
}

/**
 * What our own client can do, with each broker.
 * @param {import('./report.mjs').Report} report
 */
function clientMatrix(report) {
  const marks = { ok: 'yes', FAIL: '**no**', skip: '-' };
  /** @param {string} suite @returns {Map<string, string>} */
  const outcomes = (suite) =>
    new Map(
      report.results
        .filter((result) => result.suite === suite)
        .map(({ name, outcome }) => [name, marks[outcome]]),
    );
  const [tidelog, kafka] = [outcomes('tidelog-client'), outcomes('tidelog-client-kafka')];
  const names = [...new Set([...tidelog.keys(), ...kafka.keys()])];
  if (names.length === 0) return [];
  return [
    '| `@tidelog/client` | Tidelog | Apache Kafka 4.3.1 |',
    '|---|---|---|',
    ...names.map((name) => `| ${name} | ${tidelog.get(name) ?? '-'} | ${kafka.get(name) ?? '-'} |`),
  ];
}

/**
 * Writes the section into the page.
 * @param {string} file
 * @param {import('./report.mjs').Report} report
 * @param {import('../run.mjs').Suite[]} suites
 */
export function writeDocs(file, report, suites) {
  replaceBetween(file, { begin, end }, () => section(report, suites));
}

/**
 * Replaces what a page has between two comments.
 * @param {string} file
 * @param {{ begin: string, end: string }} comments
 * @param {(before: string) => string} change is given what is there
 */
export function replaceBetween(file, { begin, end }, change) {
  const page = readFileSync(file, 'utf8');
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${file} lacks the two comments of its results`);
  const head = page.slice(0, from + begin.length);
  const before = page.slice(head.length, to).trim();
  writeFileSync(file, `${head}\n\n${change(before)}\n\n${page.slice(to)}`);
}
