/** Our client against three nodes of Apache Kafka. */
import { replicatedChecks } from '../client/replicated.mjs';
import { KafkaCluster } from '../lib/kafka-cluster.mjs';
import { kafkaSuite } from '../lib/kafka-suite.mjs';

export const clientCluster = kafkaSuite(
  {
    name: 'client-cluster',
    client: '`@tidelog/client`, three nodes of Apache Kafka',
    version: '4.3.1',
  },
  async ({ directory, prefix, checks }) => {
    const cluster = await KafkaCluster.make(directory);
    try {
      await cluster.start();
      await replicatedChecks(checks, cluster, prefix);
    } finally {
      await cluster.kill();
    }
  },
);
