#!/usr/bin/env node
/** `npm run bench`: Tidelog and Apache Kafka in turn, on the same core and under the same load. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../conformance/lib/server.mjs';
import { run } from './lib/campaign.mjs';
import { ceilings } from './lib/ceiling.mjs';
import { describeMachine, pinLoad } from './lib/machine.mjs';
import { killServers } from './lib/servers.mjs';
import { variants } from './lib/variants.mjs';
import { chosen, options, pace, profiled, wanted } from './options.mjs';
import { longTurnMillis, profile } from './profile/profile.mjs';
import { fullTables, pointRows, shortTable } from './report/table.mjs';
import { targetTable } from './report/targets.mjs';
import { conditions, merged, write } from './report/write.mjs';

/** Turns that are named; the longest. */
const mostTurns = 20;

const progress = (/** @type {string} */ text) => console.error(`bench: ${text}`);
const workDir = mkdtempSync(join(tmpdir(), 'tidelog-bench-'));
process.once('exit', leaveNothing); // however it comes to that
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));

function leaveNothing() {
  killServers();
  // What is being killed may still hold on to a file for a moment.
  rmSync(workDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}

/** @returns {Promise<import('./report/write.mjs').Report>} */
async function measured() {
  pinLoad();
  const ceiling = await ceilings();
  progress(ceiling);
  const results = await run({
    points: chosen,
    variants: await variants({ workDir, wanted, progress }),
    pace,
    warmUpRounds: options.quick ? 1 : 12,
    workDir,
    minutes: Number(options.minutes),
    progress,
    report: (result) => progress(pointRows(result).join('\n       ')),
  });
  const date = new Date().toISOString().slice(0, 10);
  return { date, machine: describeMachine(), ceiling, rounds: pace.rounds, results };
}

/** @returns {Promise<void>} */
async function main() {
  if (options.list) {
    for (const { question, name } of chosen) console.log(`${question.padEnd(14)}${name}`);
    return;
  }
  if (options.profile !== undefined) {
    pinLoad();
    const point = profiled(options.profile);
    const name = options.profile.replaceAll(/[^\w-]+/g, '-');
    const port = await freePort(19700, 19799);
    const { files, turns } = await profile(point, { workDir, port, name, pace });
    progress(`${point.name}: see ${files.join(' and ')}`);
    progress(`${turns.length} turns of more than ${longTurnMillis} ms`);
    for (const { millis, collectorMillis, cause } of turns.slice(0, mostTurns)) {
      progress(
        `${millis.toFixed(1)} ms (garbage collector ${collectorMillis.toFixed(1)}): ${cause}`,
      );
    }
    return;
  }
  const report =
    options.from.length > 0
      ? merged(options.from.map((file) => JSON.parse(readFileSync(file, 'utf8'))))
      : await measured();
  if (options.json) console.log(JSON.stringify(report, null, 1));
  else {
    const tables = [shortTable, targetTable, fullTables].map((table) => table(report.results));
    console.log([conditions(report), ...tables].join('\n\n'));
  }
  if (options.write) write(report);
}

await main();
process.exit(0); // whatever a measurement that took too long still waits for
