#!/usr/bin/env node
/**
 * What a start costs, of one build or of several in turn: ms to the first answer that lists the broker, and CPU of
 * the process until then, with an empty directory and started again. Where others keep the machine busy, CPU tells
 * more than time, and the least more than the median.
 *
 *   npm run build && node benchmarks/starts.mjs 20 [other/packages/cli/dist/tidelog.cjs ...]
 *   NODE_FLAGS=--no-parallel-scavenge node benchmarks/starts.mjs 20
 */
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryDir } from '../conformance/lib/cache.mjs';
import { freePort } from '../conformance/lib/server.mjs';
import { ask } from '../conformance/lib/wire.mjs';
import { sleep } from './lib/load.mjs';
import { startServer } from './lib/servers.mjs';
import { median } from './lib/statistics.mjs';

const rounds = Number(process.argv[2] ?? 20);
const built = join(repositoryDir, 'packages', 'cli', 'dist', 'tidelog.cjs');
const programs = [built, ...process.argv.slice(3)];
const nodeFlags = (process.env['NODE_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '');
/** Compiled code is kept by then, where there is none yet. */
const settledMs = 1500;

/** @typedef {{ millis: number, cpuMillis: number }} Start */

/** @param {number} port */
async function firstAnswer(port) {
  const metadata = { api: 3, version: 1, body: Buffer.alloc(4) }; // of no topics
  for (;;) {
    const answer = await ask(`127.0.0.1:${port}`, metadata, 1000).catch(() => undefined);
    if (answer !== undefined && answer.readInt32BE(0) > 0) return;
    await sleep(1);
  }
}

/**
 * Of all threads, by the scheduler's own count: that of `stat` is in hundredths of a second.
 * @param {number | undefined} pid
 */
function cpuMillis(pid) {
  const nanos = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]),
  );
  return nanos.reduce((sum, each) => sum + each, 0) / 1e6;
}

/**
 * @param {string} program
 * @param {{ data: string, port: number, lasts?: number }} where
 * @returns {Promise<Start>}
 */
async function start(program, { data, port, lasts = 0 }) {
  const args = ['start', '--port', String(port), '--data-dir', data];
  const begin = performance.now();
  const child = startServer([process.execPath, ...nodeFlags, program, ...args], 'ignore');
  await firstAnswer(port);
  const millis = performance.now() - begin;
  const found = { millis, cpuMillis: cpuMillis(child.pid) };
  await sleep(lasts);
  const exited = once(child, 'exit');
  child.kill('SIGINT');
  await exited;
  return found;
}

const data = join(mkdtempSync(join(tmpdir(), 'tidelog-starts-')), 'data');
const port = await freePort(19_950, 19_999);
/** @type {Map<string, Start[]>} */
const found = new Map();
/** @param {string} program @param {string} how @param {Start} started */
const note = (program, how, started) => {
  const key = `${program}, ${how}`;
  found.set(key, [...(found.get(key) ?? []), started]);
};
for (const program of programs) await start(program, { data, port, lasts: settledMs });
for (let i = 0; i < rounds; i++) {
  for (const program of i % 2 === 0 ? programs : programs.toReversed()) {
    rmSync(data, { recursive: true });
    note(program, 'empty', await start(program, { data, port }));
    note(program, 'again', await start(program, { data, port }));
  }
}
rmSync(join(data, '..'), { recursive: true });
for (const [what, starts] of found) {
  const show = (/** @type {number[]} */ values) =>
    `${Math.min(...values).toFixed(1)} at least, ${median(values).toFixed(1)} in the middle`;
  console.log(what);
  console.log(`  ms: ${show(starts.map(({ millis }) => millis))}`);
  console.log(`  ms of CPU: ${show(starts.map((each) => each.cpuMillis))}`);
}
