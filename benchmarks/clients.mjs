#!/usr/bin/env node
/** `npm run bench:clients`: our client and others in turn, against the same broker, each in a process of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../conformance/lib/server.mjs';
import { clientsOf } from './client/clients.mjs';
import { clientTable } from './client/table.mjs';
import { shapes } from './client/shapes.mjs';
import { Broker } from './lib/brokers.mjs';
import { describeMachine } from './lib/machine.mjs';
import { createTopic, deleteTopic } from './lib/requests.mjs';
import { killServers } from './lib/servers.mjs';
import { writeInto } from './report/table.mjs';

const usage = `npm run bench:clients -- [options]
  --only TEXT               shapes whose name contains this
  --broker tidelog|kafka    what they talk to (tidelog)
  --rounds N                how often each is measured (3)
  --quick                   one round of a tenth of the records
  --json                    the samples as JSON in place of the table
  --write FILE              put the table between the marks <!-- bench:start --> and <!-- bench:end --> of FILE`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    broker: { type: 'string', default: 'tidelog' },
    rounds: { type: 'string', default: '3' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
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
const progress = (/** @type {string} */ text) => console.error(`bench: ${text}`);

const workDir = mkdtempSync(join(tmpdir(), 'tidelog-bench-clients-'));
process.once('exit', () => {
  killServers();
  rmSync(workDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));

const port = await freePort(19800, 19849);
const kind = /** @type {import('./lib/brokers.mjs').Kind} */ (values.broker);
const broker = new Broker(kind, { directory: join(workDir, kind), port });
await broker.reset();
await broker.start();
const clients = await clientsOf(progress);

/** @type {import('./client/table.mjs').Row[]} */
const rows = [];
let unique = 0;
for (const shape of shapes.filter(({ name }) => name.includes(values.only))) {
  const able = clients.filter((client) => client.can(shape));
  const samples = new Map(able.map(({ name }) => [name, /** @type {any[]} */ ([])]));
  for (let round = 0; round < rounds; round++) {
    // Each comes first in turn.
    for (let i = 0; i < able.length; i++) {
      const client = able[(i + round) % able.length];
      const topic = `bench-${unique++}`;
      await createTopic(port, { topic, partitions: 1, configs: {} });
      const records = Math.ceil(shape.records * share * (client?.share ?? 1));
      const task = { ...shape.task, bootstrap: `127.0.0.1:${port}`, topic, records };
      if (shape.task.what === 'consume') await clients[0]?.run({ ...task, what: 'produce' });
      try {
        samples.get(client?.name ?? '')?.push(await client?.run(task));
      } catch (error) {
        // Not every client can do everything; its place stays empty.
        progress(`${client?.name}, ${shape.name}: ${/** @type {Error} */ (error).message}`);
      }
      await deleteTopic(port, topic);
    }
  }
  rows.push({ shape, samples });
  progress(`${shape.name}: ${JSON.stringify(Object.fromEntries(samples))}`);
}
await broker.stop();

const date = new Date().toISOString().slice(0, 10);
const target = kind === 'tidelog' ? 'Tidelog' : 'Apache Kafka 4.3.1';
const text = `${clientTable(rows, clients)}
Medians of ${rounds} against ${target}, records from one client to one partition, acks=all. ${date}, ${describeMachine()}. Repeat it with \`npm run bench:clients\`.`;
console.log(
  values.json
    ? JSON.stringify(
        rows.map(({ shape, samples }) => ({ ...shape, samples: [...samples] })),
        null,
        2,
      )
    : text,
);
if (values.write !== undefined) writeInto(values.write, text);
process.exit(0);
