/** The results as one Markdown table, and where a page keeps it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { median } from './statistics.mjs';

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {import('./figures.mjs').Figure} figure
 * @property {Record<import('./brokers.mjs').Kind, number[]>} samples none of a server not measured
 */

const begin = '<!-- bench:start -->';
const end = '<!-- bench:end -->';

/** @param {number} value */
function number(value) {
  if (Number.isNaN(value)) return '?';
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** The median, and the least and the greatest. @param {number[]} samples */
function cell(samples) {
  if (samples.length === 0) return '';
  const middle = number(median(samples));
  if (samples.length === 1) return middle;
  return `${middle} (${number(Math.min(...samples))}–${number(Math.max(...samples))})`;
}

/** How many times better Tidelog is. @param {Row} row */
function ratio({ samples, figure }) {
  if (samples.tidelog.length === 0 || samples.kafka.length === 0) return '';
  const quotient = median(samples.tidelog) / median(samples.kafka);
  return `${number(figure.lowerIsBetter ? 1 / quotient : quotient)} ×`;
}

/**
 * @param {Row} row
 * @returns {string} Markdown
 */
export function line(row) {
  const { tidelog, kafka } = row.samples;
  return `| ${row.name} | ${row.figure.unit} | ${cell(tidelog)} | ${cell(kafka)} | ${ratio(row)} |`;
}

/**
 * @param {Row[]} rows
 * @returns {string} Markdown
 */
export function table(rows) {
  const head =
    '| | | Tidelog | Apache Kafka 4.3.1 | Tidelog is better by |\n|---|---|--:|--:|--:|\n';
  return `${head}${rows.map(line).join('\n')}\n`;
}

/**
 * Replaces what a page has between its two marks.
 * @param {string} file
 * @param {string} text Markdown
 */
export function writeInto(file, text) {
  const page = readFileSync(file, 'utf8');
  const from = page.indexOf(begin);
  const to = page.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`${file} has no lines ${begin} and ${end}`);
  writeFileSync(file, `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`);
}
