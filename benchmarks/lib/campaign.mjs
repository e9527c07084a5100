/**
 * All points one after the other: first those that start their servers themselves, while no other runs,
 * and then the rest on servers that are warm.
 */
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { drive } from './load.mjs';
import { fillExisting, produceSources } from './produce-load.mjs';
import { buildBatch } from './requests.mjs';
import { measurePoint, within } from './rounds.mjs';
import { withTopic } from './topic.mjs';

/** @typedef {import('./variants.mjs').Variant} Variant */
/** @typedef {import('../questions/index.mjs').Point} Point */
/** @typedef {import('./rounds.mjs').Result} Result */

const startTimeoutMs = 200_000;

/**
 * @typedef {object} Campaign
 * @property {Point[]} points
 * @property {Variant[]} variants
 * @property {import('./rounds.mjs').Pace} pace
 * @property {number} warmUpRounds at most
 * @property {string} workDir
 * @property {number} minutes what has not begun by then is left out
 * @property {(text: string) => void} progress
 * @property {(result: Result) => void} report called for each point when it is done
 */

/** @param {Campaign} campaign @returns {Promise<Result[]>} */
export async function run(campaign) {
  const end = performance.now() + campaign.minutes * 60_000;
  const owning = campaign.points.filter(({ owns }) => owns);
  const warm = campaign.points.filter(({ owns }) => !owns);
  touchPageCache(campaign.workDir);
  /** @type {Result[]} */
  const results = [];
  const measure = async (
    /** @type {Point} */ point,
    /** @type {Variant[]} */ variants,
    /** @type {(variant: Variant) => Promise<void>} */ recover,
  ) => {
    if (performance.now() > end) {
      campaign.progress(`${point.name}: left out, ${campaign.minutes} minutes are over`);
      return;
    }
    const result = await measurePoint(point, variants, { pace: campaign.pace, recover });
    results.push(result);
    campaign.report(result);
  };
  for (const point of owning) {
    await measure(point, campaign.variants, ({ broker }) => broker.kill());
  }
  if (warm.length === 0) return results;
  const running = await startAll(campaign);
  for (const point of warm) {
    await measure(point, running, (variant) => restart(variant, running, campaign));
  }
  return results;
}

/**
 * A server that failed may be in any state, and is replaced by a new one.
 * @param {Variant} variant
 * @param {Variant[]} running those that are left when it cannot be
 * @param {Campaign} campaign
 */
async function restart(variant, running, campaign) {
  campaign.progress(`${variant.id} has failed, and starts anew`);
  await variant.broker.kill();
  if (!(await started(variant, campaign))) running.splice(running.indexOf(variant), 1);
}

/** @param {Campaign} campaign @returns {Promise<Variant[]>} those that run, and are warm */
async function startAll(campaign) {
  const running = [];
  for (const variant of campaign.variants) {
    if (await started(variant, campaign)) running.push(variant);
  }
  return running;
}

/** @param {Variant} variant @param {Campaign} campaign */
async function started(variant, campaign) {
  try {
    const start = async () => {
      await variant.broker.reset();
      await variant.broker.start();
      await warmUp(variant, campaign);
    };
    await within(start, startTimeoutMs);
    return true;
  } catch (error) {
    campaign.progress(`${variant.id} is left out: ${/** @type {Error} */ (error).message}`);
    await variant.broker.kill();
    return false;
  }
}

/**
 * Nothing counts before the compilers of a server are done with the hot paths, which takes the JVM much
 * longer on one core: until three rounds in turn have brought hardly anything.
 * @param {Variant} variant
 * @param {Campaign} campaign
 */
async function warmUp({ broker }, campaign) {
  const batch = buildBatch({ batchBytes: 16 * 1024, recordBytes: 1024 }).bytes;
  const what = { partitions: 12, connections: 4, acks: 1, batch, inFlight: 5 };
  const round = async (/** @type {string} */ topic) => {
    const done = await drive({
      port: broker.port,
      sources: produceSources({ ...what, topic }),
      inFlight: what.inFlight,
      warmUpMs: 0,
      durationMs: 2000,
      maxBytes: 1.5e9,
      cpuSeconds: () => broker.cpuSeconds(),
    });
    return done.cpuSeconds / done.bytes;
  };
  const { partitions } = what;
  /** @type {number[]} */
  const costs = [];
  while (costs.length < campaign.warmUpRounds && stillFalling(costs)) {
    const topic = `warm-${costs.length}`;
    costs.push(await withTopic(broker, { topic, partitions }, () => round(topic)));
  }
  const filled = { topic: 'warm', partitions: 4 };
  const full = { ...filled, batch, partitionBytes: 16 << 20 };
  await withTopic(broker, filled, () => fillExisting(broker.port, full));
}

/** @param {number[]} costs of rounds, one after the other */
function stillFalling(costs) {
  const earlier = Math.min(...costs.slice(0, -3)); // Infinity of the first three
  return Math.min(...costs) < earlier * 0.95 || costs.length === 0;
}

/**
 * Memory that the system has not handed out yet is slow at its first use, for whoever comes first.
 * @param {string} workDir
 */
function touchPageCache(workDir) {
  const file = join(workDir, 'touched');
  const fd = openSync(file, 'w');
  const block = Buffer.alloc(1 << 22, 1);
  for (let mib = 0; mib < 2048; mib += 4) writeSync(fd, block);
  fdatasyncSync(fd);
  closeSync(fd);
  rmSync(file);
}
