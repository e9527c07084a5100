/** What is asked of a running server. */
import { compaction } from './compaction.mjs';
import { consume } from './consume.mjs';
import { groups } from './groups.mjs';
import { latency } from './latency.mjs';
import { memory } from './memory.mjs';
import { produce } from './produce.mjs';
import { requests } from './requests.mjs';
import { share } from './share.mjs';
import { transactions } from './transactions.mjs';

/**
 * @typedef {object} Context
 * @property {import('../lib/brokers.mjs').Broker} broker
 * @property {number} warmUpMs
 * @property {number} durationMs
 * @property {string} unique part of the name of what this measurement creates
 */

/**
 * @typedef {object} Point
 * @property {string} question what `--only` names
 * @property {string} name
 * @property {import('../lib/figures.mjs').Figure[]} figures a row of the table for each
 * @property {import('../lib/brokers.mjs').Kind | undefined} [only] the one server that it is for
 * @property {(context: Context) => Promise<number[]>} measure gives a sample of each figure
 */

/** @type {Point[]} */
export const points = [
  ...produce,
  ...consume,
  ...latency,
  ...requests,
  ...transactions,
  ...groups,
  ...compaction,
  ...memory,
  ...share,
];
