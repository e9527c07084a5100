import {
  DEFAULT_TIMEOUTS,
  type Endpoint,
  type NodeAddress,
  type RaftConfig,
  type Voter,
} from '@tidelog/raft';
import type { BrokerConfig } from '../configs/broker-config.ts';
import { KRAFT_VERSION_FEATURE, supportedFeatures } from '../features/features.ts';

/**
 * What stands for a node's controller listener while it has none. Nobody connects to it; Apache Kafka
 * wants every voter to have an endpoint, and puts its own there when it takes the directory over.
 */
const NO_LISTENER: Endpoint = { name: 'CONTROLLER', host: 'localhost', port: 9093 };

/** Under which addresses the quorum knows this node: those of its controller listeners. */
export function quorumEndpoints(config: BrokerConfig): Endpoint[] {
  const endpoints = config.advertisedControllerListeners.map(({ name, host, port }) => ({
    name,
    host: host ?? 'localhost',
    port,
  }));
  return endpoints.length > 0 ? endpoints : [NO_LISTENER];
}

export function raftConfig(
  config: BrokerConfig,
  ids: { readonly clusterId: string; readonly directoryId: string },
): RaftConfig {
  const listeners = quorumEndpoints(config);
  const listenerName = config.getList('controller.listener.names')[0] ?? NO_LISTENER.name;
  const roles = config.roles;
  return {
    clusterId: ids.clusterId,
    node: { id: config.nodeId, directoryId: ids.directoryId },
    listeners,
    listenerName,
    staticVoters: staticVoters(config, listenerName),
    bootstrapServers: bootstrapServers(config),
    canBecomeVoter: roles.size === 0 || roles.has('controller'),
    autoJoin: config.getBoolean('controller.quorum.auto.join.enable'),
    timeouts: {
      ...DEFAULT_TIMEOUTS,
      electionMs: config.getInt('controller.quorum.election.timeout.ms'),
      fetchMs: config.getInt('controller.quorum.fetch.timeout.ms'),
      electionBackoffMaxMs: config.getInt('controller.quorum.election.backoff.max.ms'),
      requestMs: config.getInt('controller.quorum.request.timeout.ms'),
      retryBackoffMs: config.getInt('controller.quorum.retry.backoff.ms'),
    },
  };
}

/** controller.quorum.voters: `id@host:port`, judged when the properties were loaded. */
function staticVoters(config: BrokerConfig, listenerName: string): Voter[] {
  const range = supportedFeatures.get(KRAFT_VERSION_FEATURE) ?? { min: 0, max: 0 };
  return config.getList('controller.quorum.voters').map((entry) => {
    const [id = '', address = ''] = entry.split('@');
    return {
      id: Number(id),
      directoryId: null,
      endpoints: [{ name: listenerName, ...hostAndPort(address) }],
      minKraftVersion: range.min,
      maxKraftVersion: range.max,
    };
  });
}

function bootstrapServers(config: BrokerConfig): NodeAddress[] {
  return config
    .getList('controller.quorum.bootstrap.servers')
    .map((address, i) => ({ id: -2 - i, ...hostAndPort(address) }));
}

function hostAndPort(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  return { host, port: Number(address.slice(colon + 1)) };
}
