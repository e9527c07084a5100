/** What is asked: one list of points, each with the figures that answer it. */
import { compaction } from './compaction.mjs';
import { embedded } from './embedded.mjs';
import { fairness } from './fairness.mjs';
import { fetch } from './fetch.mjs';
import { groups } from './groups.mjs';
import { growth } from './growth.mjs';
import { idle } from './idle.mjs';
import { latency } from './latency.mjs';
import { mixed } from './mixed.mjs';
import { produce } from './produce.mjs';
import { requests } from './requests.mjs';
import { share } from './share.mjs';
import { start } from './start.mjs';
import { topics } from './topics.mjs';
import { transactions } from './transactions.mjs';

/**
 * @typedef {object} Context
 * @property {import('../lib/brokers.mjs').Broker} broker
 * @property {number} warmUpMs
 * @property {number} durationMs
 * @property {string} unique part of the name of what this session creates
 */

/**
 * @typedef {object} Session
 * @property {(unique: string) => Promise<number[]>} measure gives a sample of each figure
 * @property {() => Promise<void>} close
 */

/**
 * @typedef {object} Point
 * @property {string} question what `--only` names
 * @property {string} [group] the table that it is a row of, where its question has several
 * @property {string} name
 * @property {number} [size] how many of what grows in its group
 * @property {import('../lib/figures.mjs').Figure[]} figures the same for all of a group
 * @property {number[]} [headline] indices of the figures that stand in the short table
 * @property {import('../lib/variants.mjs').VariantId[]} variants that it is measured on
 * @property {boolean} [owns] starts and stops its server itself: none runs beside it
 * @property {boolean} [isExtra] left out unless the full product is asked for
 * @property {number} [rounds] fewer than usual, where one takes minutes
 * @property {number} [timeoutMs] of one measurement
 * @property {(context: Context) => Promise<Session>} open
 */

/** @type {Point[]} */
export const points = [
  ...start,
  ...embedded,
  ...growth,
  ...produce,
  ...fetch,
  ...mixed,
  ...latency,
  ...fairness,
  ...requests,
  ...idle,
  ...topics,
  ...groups,
  ...transactions,
  ...share,
  ...compaction,
];
