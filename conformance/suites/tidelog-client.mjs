/** Our own client, against the broker under test and against Apache Kafka: a matrix of features. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { conformanceDir } from '../lib/cache.mjs';
import { runClient } from '../lib/client.mjs';
import { lacksOf } from '../lib/kafka-releases.mjs';
import { freePort, Server } from '../lib/server.mjs';
import { tools } from '../lib/tools.mjs';

/** @typedef {import('../run.mjs').Suite} Suite */
/** @typedef {import('../run.mjs').Context} Context */

const program = join(conformanceDir, 'client', 'run.mjs');

/** @type {Suite} */
export const tidelogClient = {
  name: 'tidelog-client',
  client: '`@tidelog/client`',
  needs: 'running',
  run(context) {
    const lacks = context.release === undefined ? [] : lacksOf(context.release);
    const skips = lacks.map(({ checks, reason }) => [checks.source, reason]);
    const command = /** @type {[string, ...string[]]} */ ([process.execPath, program]);
    return runClient(context, 'tidelog-client', command, [JSON.stringify(skips)]);
  },
};

/** The same checks with an Apache Kafka that is started for them. @type {Suite} */
export const tidelogClientOnKafka = {
  name: 'tidelog-client-kafka',
  client: '`@tidelog/client`, against Apache Kafka 4.3.1',
  needs: 'directories',
  async run(context) {
    if (context.kind === 'kafka') return; // it was the broker under test
    await tools.java(); // say so at once where it is missing
    const directory = join(context.workDir, 'client-kafka');
    mkdirSync(directory, { recursive: true });
    const server = new Server('kafka', { directory, port: await freePort() });
    await server.start();
    try {
      const { bootstrap } = server;
      const command = /** @type {[string, ...string[]]} */ ([process.execPath, program]);
      await runClient({ ...context, bootstrap }, 'tidelog-client-kafka', command);
    } finally {
      await server.kill();
    }
  },
};
