#!/usr/bin/env node
/** `npm run bench:clients`: our client and others in turn, against the same broker, each in a process of its own. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../conformance/lib/server.mjs';
import { measure } from './client/campaign.mjs';
import { clientsOf } from './client/clients.mjs';
import { marksOf, merged, text } from './client/report.mjs';
import { shapes } from './client/shapes.mjs';
import { Broker } from './lib/brokers.mjs';
import { describeMachine } from './lib/machine.mjs';
import { killServers } from './lib/servers.mjs';
import { writeInto } from './report/table.mjs';

const usage = `npm run bench:clients -- [options]
  --only PATTERN            shapes whose name this regular expression finds, as 'arrays$'
  --broker tidelog|kafka    what they talk to (tidelog)
  --rounds N                how often each is measured (3)
  --quick                   one round of a tenth of the records
  --json                    the samples as JSON in place of the table
  --from FILE               the JSON of an earlier run in place of a measurement (repeatable)
  --write FILE              put the table between the marks <!-- bench:start --> and <!-- bench:end --> of FILE,
                            what was measured with --broker kafka between those of bench-kafka`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    broker: { type: 'string', default: 'tidelog' },
    rounds: { type: 'string', default: '3' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    from: { type: 'string', multiple: true, default: [] },
    write: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help || (values.broker !== 'tidelog' && values.broker !== 'kafka')) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}
const rounds = values.quick ? 1 : Number(values.rounds);
const share = values.quick ? 0.1 : 1;
const only = new RegExp(values.only);
const progress = (/** @type {string} */ text) => console.error(`bench: ${text}`);

const workDir = mkdtempSync(join(tmpdir(), 'tidelog-bench-clients-'));
process.once('exit', () => {
  killServers();
  rmSync(workDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));

/** @returns {Promise<import('./client/report.mjs').Report>} */
async function measured() {
  const port = await freePort(19800, 19849);
  const kind = /** @type {import('./lib/brokers.mjs').Kind} */ (values.broker);
  const broker = new Broker(kind, { directory: join(workDir, kind), port });
  await broker.reset();
  await broker.start();
  const { clients, absent } = await clientsOf();
  for (const sentence of absent) progress(sentence);
  const rows = [];
  for (const shape of shapes.filter(({ name }) => only.test(name))) {
    const options = { clients, port, rounds, share, progress };
    // A virtual machine compiles what it has run often: whoever comes first would pay for all.
    if (kind === 'kafka') await measure(shape, { ...options, clients: clients.slice(0, 1) });
    const row = await measure(shape, options);
    progress(`${shape.name}: ${JSON.stringify(Object.fromEntries(row.samples))}`);
    rows.push(row);
  }
  await broker.stop();
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    broker: kind === 'tidelog' ? 'Tidelog' : 'Apache Kafka 4.3.1',
    rounds,
    clients: clients.map(({ name }) => name),
    absent,
    rows,
  };
}

const report =
  values.from.length > 0
    ? merged(values.from.map((file) => JSON.parse(readFileSync(file, 'utf8'))))
    : await measured();
console.log(values.json ? JSON.stringify(report, null, 1) : text(report));
if (values.write !== undefined) writeInto(values.write, text(report), marksOf(report));
process.exit(0);
