#!/usr/bin/env node
/** `npm run bench`: Tidelog and Apache Kafka in turn, on the same core and under the same load. */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../conformance/lib/server.mjs';
import { Missing, tools } from '../conformance/lib/tools.mjs';
import { Broker } from './lib/brokers.mjs';
import { ceiling } from './lib/ceiling.mjs';
import { describeMachine, pinLoad } from './lib/machine.mjs';
import { buildBatch, fetchFrame, produceFrame } from './lib/requests.mjs';
import { killServers } from './lib/servers.mjs';
import { inTurn, startup } from './lib/startup.mjs';
import { line, table, writeInto } from './lib/table.mjs';
import { points } from './questions/index.mjs';

const questions = ['startup', ...new Set(points.map((point) => point.question))];
const usage = `npm run bench -- [options]
  --only NAME     one question: ${questions.join(', ')}
  --quick         one short round of each: a first look, under a minute
  --no-kafka      Tidelog alone
  --json          the samples as JSON in place of the table
  --write FILE    put the table between the marks <!-- bench:start --> and <!-- bench:end --> of FILE`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    'no-kafka': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    write: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const only = values.only;
if (values.help || (only !== undefined && !questions.includes(only))) {
  console.log(values.help ? usage : `There is no question ${only}.\n${usage}`);
  process.exit(values.help ? 0 : 2);
}
const pace = values.quick
  ? { rounds: 1, warmUpMs: 300, durationMs: 700, warmUpRounds: 1 }
  : { rounds: 3, warmUpMs: 400, durationMs: 1600, warmUpRounds: 12 };

const progress = (/** @type {string} */ text) => console.error(`bench: ${text}`);
const workDir = mkdtempSync(join(tmpdir(), 'tidelog-bench-'));
process.once('exit', leaveNothing); // however it comes to that
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));

function leaveNothing() {
  killServers();
  // What is being killed may still hold on to a file for a moment.
  rmSync(workDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}

/** @returns {Promise<Broker[]>} what can be measured on this machine */
async function brokers() {
  const made = [];
  const kinds = /** @type {import('./lib/brokers.mjs').Kind[]} */ (['tidelog', 'kafka']);
  for (const kind of kinds) {
    if (kind === 'kafka' && !(await hasKafka())) continue;
    const port = await freePort(19700 + made.length * 10, 19799);
    made.push(new Broker(kind, { directory: join(workDir, kind), port }));
  }
  return made;
}

async function hasKafka() {
  if (values['no-kafka']) return false;
  try {
    await tools.java();
    return true;
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    progress(`Apache Kafka is left out: ${error.message}.`);
    return false;
  }
}

/** Says what the load itself can reach, so that a server's figures can be judged. */
async function ceilings() {
  const batch = buildBatch({ batchBytes: 16 * 1024, recordBytes: 1024 }).bytes;
  const topic = 'ceiling';
  const produce = produceFrame({ topic, partition: 0, acks: 1, batch });
  const fetch = fetchFrame({ topic, partition: 0, maxBytes: 1 << 20, maxWaitMs: 500 }).frame;
  const step = 1 << 20;
  const port = await freePort(19700, 19799);
  const up = { request: produce, replyBytes: 60, inFlight: 5, moved: batch.length };
  const down = { request: fetch, replyBytes: step, inFlight: 1, moved: step };
  const [produced, consumed] = [await ceiling(port, up), await ceiling(port, down)];
  return `the load by itself reaches ${Math.round(produced)} MB/s of 16 KiB batches produced and ${Math.round(consumed)} MB/s consumed`;
}

/** Memory that the system has not handed out yet is slow at its first use, for whoever comes first. */
function touchPageCache() {
  const file = join(workDir, 'touched');
  const fd = openSync(file, 'w');
  const block = Buffer.alloc(1 << 22, 1);
  for (let mib = 0; mib < 2048; mib += 4) writeSync(fd, block);
  fdatasyncSync(fd);
  closeSync(fd);
  rmSync(file);
}

/** @param {Broker[]} servers @returns {Promise<import('./lib/table.mjs').Row[]>} */
async function measure(servers) {
  const wanted = points.filter((point) => only === undefined || point.question === only);
  const rows = [];
  let unique = 0;
  for (const point of wanted) {
    const measured = servers.filter(({ kind }) => point.only === undefined || point.only === kind);
    const pointRows = point.figures.map((figure) => ({
      name: point.name,
      figure,
      samples: { tidelog: /** @type {number[]} */ ([]), kafka: /** @type {number[]} */ ([]) },
    }));
    for (let round = 0; round < pace.rounds; round++) {
      for (const broker of inTurn(measured, round)) {
        const samples = await point.measure({ broker, ...pace, unique: String(unique++) });
        for (const [i, row] of pointRows.entries())
          row.samples[broker.kind].push(samples[i] ?? Number.NaN);
      }
    }
    rows.push(...pointRows);
    for (const row of pointRows) progress(line(row));
  }
  return rows;
}

/**
 * Nothing counts before the compilers of both servers are done with the hot paths, which takes the
 * JVM much longer on one core: until three rounds in turn have brought hardly anything.
 * @param {Broker[]} servers
 */
async function warmUp(servers) {
  const [produce] = points.filter((point) => point.question === 'produce');
  const [consume] = points.filter((point) => point.question === 'consume');
  const context = { warmUpMs: 0, durationMs: 2000, unique: 'warm' };
  for (const broker of servers) {
    await consume?.measure({ ...context, broker });
    /** @type {number[]} */
    const costs = [];
    while (costs.length < pace.warmUpRounds && stillFalling(costs)) {
      const [, cost = 0] = (await produce?.measure({ ...context, broker })) ?? [];
      costs.push(cost);
    }
  }
}

/** @param {number[]} costs of rounds, one after the other */
function stillFalling(costs) {
  const earlier = Math.min(...costs.slice(0, -3)); // Infinity of the first three
  return Math.min(...costs) < earlier * 0.95 || costs.length === 0;
}

try {
  const servers = await brokers();
  pinLoad();
  const load = await ceilings();
  progress(load);
  const started = await startup(
    servers,
    only === undefined || only === 'startup' ? pace.rounds : 1,
  );
  for (const row of started) progress(line(row));
  const rows = only === undefined || only === 'startup' ? started : [];
  if (only !== 'startup') {
    touchPageCache();
    await warmUp(servers);
    rows.push(...(await measure(servers)));
  }
  const date = new Date().toISOString().slice(0, 10);
  const where = `${date}, ${describeMachine()}; ${load}.`;
  const text = `${table(rows)}
Medians of ${pace.rounds}, with the least and the greatest. ${where}
Both leave the fsync to the system, other than where the table says so. Repeat it with \`npm run bench\`.`;
  console.log(
    values.json ? JSON.stringify({ date, machine: describeMachine(), rows }, null, 2) : text,
  );
  if (values.write !== undefined) writeInto(values.write, text);
} finally {
  leaveNothing();
}
