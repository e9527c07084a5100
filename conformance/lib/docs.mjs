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
  return [
    '| client or tool | version | checks passed |',
    '|---|---|---|',
    ...rows,
    ...(failed.length === 0 ? [] : ['', 'Failing:', '', ...failed]),
  ].join('\n');
}

/**
 * Writes the section into the page.
 * @param {string} file
 * @param {import('./report.mjs').Report} report
 * @param {import('../run.mjs').Suite[]} suites
 */
export function writeDocs(file, report, suites) {
  const page = readFileSync(file, 'utf8');
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${file} lacks the two comments of its results`);
  const before = page.slice(0, from + begin.length);
  writeFileSync(file, `${before}\n\n${section(report, suites)}\n\n${page.slice(to)}`);
}
