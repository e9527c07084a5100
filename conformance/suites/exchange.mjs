/** One directory, served in turn by Tidelog and by Apache Kafka, with clean stops and with kills. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../lib/client.mjs';
import { freePort, Server } from '../lib/server.mjs';
import { javaDriver, tools } from '../lib/tools.mjs';

/** @typedef {import('../lib/server.mjs').Kind} Kind */
/** @typedef {import('../run.mjs').Context} Context */

/** How each turn ends; the last is followed by kafka-dump-log. @type {('stop' | 'kill')[]} */
const ends = ['stop', 'stop', 'kill', 'kill', 'stop'];

/** Snapshots of the metadata come often, and Tidelog keeps no older metadata than the last but one. */
const properties = {
  'metadata.log.max.record.bytes.between.snapshots': '5000',
  'metadata.log.segment.ms': '500',
  'metadata.max.retention.bytes': '1',
};

const names = { tidelog: 'Tidelog', kafka: 'Apache Kafka' };

/**
 * The first broker makes the directory; then each in turn finds what the one before it left, serves
 * the same, and writes more.
 * @param {Context} context
 * @param {[Kind, Kind]} kinds
 */
async function takeTurns(context, kinds) {
  const directory = join(context.workDir, `exchange-${kinds.join('-')}`);
  const port = await freePort();
  const state = join(directory, 'expected');
  const servers = kinds.map((kind) => new Server(kind, { directory, port, properties }));
  const route = kinds.map((kind) => names[kind]).join(' and ');
  for (const [turn, end] of ends.entries()) {
    const server = /** @type {Server} */ (servers[turn % 2]);
    const before = turn === 0 ? 'first' : `after a ${ends[turn - 1]} of the other`;
    const label = `${route}, turn ${turn + 1} (${names[server.kind]}, ${before})`;
    const started = await context.report.check('exchange', `${label}: starts`, async () => {
      await server.start();
      return true;
    });
    if (!started) return; // there is nothing to compare any more
    try {
      const command = await javaDriver('exchange');
      const args = [server.bootstrap, state, String(turn), label];
      await runProgram(context, 'exchange', [...command, ...args]);
    } finally {
      if (end === 'kill') await server.kill();
      else await context.report.check('exchange', `${label}: stops`, () => server.stop());
    }
  }
  const command = await javaDriver('dump');
  const where = /** @type {Server} */ (servers[0]).dataDir;
  await runProgram(context, 'exchange', [...command, where, '', `${route}: `, 'exchange']);
  if (!kinds.includes('tidelog')) return; // Apache Kafka lets go of metadata after a minute at the earliest
  await context.report.check('exchange', `${route}: the metadata log begins at a snapshot`, () => {
    const files = readdirSync(join(where, '__cluster_metadata-0'));
    const first = (/** @type {string} */ ending) =>
      files.filter((file) => file.endsWith(ending)).sort()[0] ?? 'none';
    const [log, snapshot] = [first('.log'), first('.checkpoint')];
    // The log's first segment may have some records from before the snapshot.
    if (!(Number.parseInt(log, 10) > 0 && snapshot.slice(0, 20) >= log.slice(0, 20))) {
      throw new Error(`it begins with ${log} and ${snapshot}`);
    }
  });
}

/** @type {import('../run.mjs').Suite} */
export const exchange = {
  name: 'exchange',
  client: 'Apache Kafka on the same directory',
  needs: 'directories',
  async run(context) {
    await tools.java(); // say so at once where it is missing
    context.report.versions.set('exchange', '4.3.1');
    if (context.kind === 'kafka') return takeTurns(context, ['kafka', 'kafka']);
    await takeTurns(context, ['tidelog', 'kafka']);
    await takeTurns(context, ['kafka', 'tidelog']);
  },
};
