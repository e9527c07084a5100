/** The results as Markdown: a short table of what matters most, and a table for each question. */
import { readFileSync, writeFileSync } from 'node:fs';
import { median } from '../lib/statistics.mjs';
import { variantNames } from '../lib/variants.mjs';
import { cell, exponent, number, samplesOf, timesBetter, timesCell } from './cells.mjs';

/** @typedef {import('../lib/rounds.mjs').Result} Result */
/** @typedef {import('../lib/variants.mjs').VariantId} VariantId */

/** @type {VariantId[]} */
const compared = ['tidelog', 'native'];
/** @type {VariantId[]} */
const brokers = [...compared, 'kafka'];
/** @type {VariantId[]} */
const order = [...brokers, 'floor-node', 'floor-c'];

/** @param {string[]} cells */
const row = (cells) => `| ${cells.join(' | ')} |`;

/** @param {string[]} titles @param {number} texts the columns that are not numbers */
const head = (titles, texts) =>
  `${row(titles)}\n|${titles.map((_, i) => (i < texts ? '---' : '--:')).join('|')}|`;

/** Who was asked anything. @param {Result[]} results */
const present = (results) =>
  order.filter((id) => results.some(({ samples }) => samples[id] !== undefined));

/**
 * One line for each headline.
 * @param {Result[]} results
 * @returns {string} Markdown
 */
export function shortTable(results) {
  const ids = present(results).filter((id) => brokers.includes(id));
  const isCompared = ids.includes('kafka');
  const names = ids.map((id) => variantNames[id]);
  const titles = ['', '', ...names, ...(isCompared ? ['Tidelog is better by'] : [])];
  const lines = results.flatMap((result) =>
    result.headline.map((figure) =>
      row([
        result.name,
        result.figures[figure]?.unit ?? '',
        ...ids.map((id) => cell(result, id, figure)),
        ...(isCompared ? [timesCell(timesBetter(result, figure))] : []),
      ]),
    ),
  );
  return [head(titles, 2), ...lines].join('\n');
}

/**
 * All figures of a point: a row for each server, and how they compare.
 * @param {Result} result
 * @returns {string[]}
 */
export function pointRows(result) {
  const ids = present([result]);
  const rows = ids.map((id, i) => {
    const name = i === 0 ? result.name : '';
    const failure = result.failed[id];
    const cells = result.figures.map((_, figure) => cell(result, id, figure));
    const why = failure === undefined ? '' : `: failed, ${oneLine(failure)}`;
    return row([name, `${variantNames[id]}${why}`, ...cells]);
  });
  for (const id of ids.includes('kafka') ? compared.filter((one) => ids.includes(one)) : []) {
    const times = result.figures.map((_, i) => timesCell(timesBetter(result, i, { variant: id })));
    rows.push(row(['', `*${variantNames[id]} is better by*`, ...times]));
  }
  return rows;
}

/** @param {string} text */
const oneLine = (text) => text.split('\n', 1)[0]?.replaceAll('|', '\\|').slice(0, 100) ?? '';

/**
 * By how much a series grows: the exponents of power laws, over all of it and in its last step.
 * @param {Result[]} results
 * @returns {string[]}
 */
function growthRows(results) {
  const steps = results.filter(
    ({ size, samples }) => size !== undefined && samples.tidelog?.length,
  );
  if (steps.length < 2) return [];
  const exponents = (/** @type {Result[]} */ some) =>
    some[0]?.figures.map(({ lowerIsBetter, perUnit }, figure) => {
      if (!lowerIsBetter) return '';
      const costs = some.map((result) => {
        const { size = 1 } = result;
        const each = median(samplesOf(result, 'tidelog', figure));
        return /** @type {[number, number]} */ ([size, perUnit ? each * size : each]);
      });
      const power = exponent(costs);
      return Number.isNaN(power) ? '' : `n^${number(power)}`;
    }) ?? [];
  return [
    row(['*in all it grows as*', '', ...exponents(steps)]),
    row(['*in the last step*', '', ...exponents(steps.slice(-2))]),
  ];
}

/**
 * @param {Result[]} results
 * @returns {string} Markdown, a heading and a table for each group
 */
export function fullTables(results) {
  const tables = [...grouped(results)].map(([group, members]) => {
    const units = members[0]?.figures.map(({ unit }) => unit) ?? [];
    const rounds = [...new Set(members.map(roundsOf))].join(' or ');
    const rows = [...members.flatMap(pointRows), ...growthRows(members)];
    return `### ${group}\n\nMedians of ${rounds} rounds.\n\n${head(['', '', ...units], 2)}\n${rows.join('\n')}`;
  });
  return tables.join('\n\n');
}

/** @param {Result} result */
export const roundsOf = ({ samples }) =>
  Math.max(0, ...Object.values(samples).map((rounds) => rounds.length));

/** @param {Result[]} results */
function grouped(results) {
  /** @type {Map<string, Result[]>} */
  const groups = new Map();
  for (const result of results) {
    groups.set(result.group, [...(groups.get(result.group) ?? []), result]);
  }
  return groups;
}

/**
 * Replaces what a page has between two marks.
 * @param {string} file
 * @param {string} text Markdown
 * @param {string} [name] of the marks: `<!-- NAME:start -->` and `<!-- NAME:end -->`
 */
export function writeInto(file, text, name = 'bench') {
  const [begin, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const page = readFileSync(file, 'utf8');
  const from = page.indexOf(begin);
  const to = page.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`${file} has no lines ${begin} and ${end}`);
  writeFileSync(file, `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`);
}
