/** Our client against three nodes of Apache Kafka, whatever the target is. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { replicatedChecks } from '../client/replicated.mjs';
import { KafkaCluster } from '../lib/kafka-cluster.mjs';
import { tools } from '../lib/tools.mjs';

/** @type {import('../run.mjs').Suite} */
export const clientCluster = {
  name: 'client-cluster',
  client: '`@tidelog/client`, three nodes of Apache Kafka',
  needs: 'directories',
  async run({ report, workDir, prefix, match }) {
    await tools.java();
    report.versions.set('client-cluster', '4.3.1');
    const directory = join(workDir, 'client-cluster');
    mkdirSync(directory, { recursive: true });
    const cluster = await KafkaCluster.make(directory);
    const checks = {
      check: (/** @type {string} */ name, /** @type {() => Promise<void>} */ body) =>
        name.includes(match) ? report.check('client-cluster', name, body) : Promise.resolve(),
    };
    try {
      await cluster.start();
      await replicatedChecks(checks, cluster, prefix);
    } finally {
      await cluster.kill();
    }
  },
};
