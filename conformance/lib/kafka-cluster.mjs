/** Three nodes of Apache Kafka, which can be killed, paused and started again one by one. */
import { join } from 'node:path';
import { freePort, Server } from './server.mjs';

const nodes = [1, 2, 3];
/** The ids of their metadata directories, which a quorum that is formatted has to know. */
const directoryIds = ['dGlkZWxvZy1ub2RlLTEtMQ', 'dGlkZWxvZy1ub2RlLTItMg', 'dGlkZWxvZy1ub2RlLTMtMw'];

/** A broker that is gone is noticed in three seconds, and so are replicas that do not follow. */
const properties = {
  'broker.heartbeat.interval.ms': '500',
  'broker.session.timeout.ms': '3000',
  'replica.lag.time.max.ms': '3000',
  'replica.fetch.wait.max.ms': '200',
  'controller.quorum.election.timeout.ms': '500',
  'controller.quorum.fetch.timeout.ms': '1500',
  'replica.selector.class': 'org.apache.kafka.common.replica.RackAwareReplicaSelector',
  'auto.leader.rebalance.enable': 'false',
  'min.insync.replicas': '2',
  'offsets.topic.num.partitions': '3',
  'offsets.topic.replication.factor': '3',
  'transaction.state.log.num.partitions': '3',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
  'share.coordinator.state.topic.num.partitions': '3',
  'share.coordinator.state.topic.replication.factor': '3',
  'share.coordinator.state.topic.min.isr': '2',
};

export class KafkaCluster {
  /** @type {Map<number, Server>} by node id */
  servers = new Map();

  /**
   * Each node is a broker in a rack of its own (`rack-1`, …) and a voter.
   * @param {string} directory
   */
  static async make(directory) {
    /** @type {number[]} */
    const ports = [];
    for (const _ of nodes) {
      const last = ports.at(-1);
      ports.push(await freePort(last === undefined ? last : last + 2));
    }
    const cluster = new KafkaCluster();
    const controllers = ports.map((port) => `127.0.0.1:${port + 1}`);
    const voters = nodes.map((id, i) => `${id}@${controllers[i]}:${directoryIds[i]}`);
    for (const [i, id] of nodes.entries()) {
      const server = new Server('kafka', {
        directory: join(directory, `node-${id}`),
        port: /** @type {number} */ (ports[i]),
        heapMb: 256,
        formatArguments: ['--initial-controllers', voters.join(',')],
        properties: {
          ...properties,
          'node.id': `${id}`,
          'broker.rack': rackOf(id),
          'controller.quorum.bootstrap.servers': controllers.join(','),
        },
      });
      cluster.servers.set(id, server);
    }
    return cluster;
  }

  get bootstrap() {
    return Array.from(this.servers.values(), ({ bootstrap }) => bootstrap).join(',');
  }

  /** @param {number} id */
  server(id) {
    const server = this.servers.get(id);
    if (server === undefined) throw new Error(`there is no node ${id}`);
    return server;
  }

  async start() {
    await Promise.all(Array.from(this.servers.values(), (server) => server.start()));
  }

  async kill() {
    await Promise.all(Array.from(this.servers.values(), (server) => server.kill()));
  }
}

/** @param {number} id */
export function rackOf(id) {
  return `rack-${id}`;
}
