import { ZERO_UUID } from '@tidelog/protocol';
import type { CallOptions } from '../cluster/cluster.ts';
import type { BrokerNode } from '../cluster/metadata.ts';
import { type AclOperation, authorizedOperations } from './acl-operations.ts';
import { checkAnswer } from './check-answer.ts';
import type { AdminCalls } from './admin-calls.ts';

export interface DescribedNode extends BrokerNode {
  /** Registered, but not in service (Kafka 4.0). */
  readonly isFenced: boolean;
}

export interface ClusterDescription {
  readonly clusterId: string | null;
  /** -1 while there is none. */
  readonly controllerId: number;
  /** The brokers, or the controllers where they were asked. */
  readonly brokers: readonly DescribedNode[];
  /** Null unless they were asked for. */
  readonly authorizedOperations: readonly AclOperation[] | null;
}

export interface DescribeClusterOptions extends CallOptions {
  readonly includeAuthorizedOperations?: boolean | undefined;
  /** Brokers that are registered but not in service too (Kafka 4.0). */
  readonly includeFencedBrokers?: boolean | undefined;
  /** Whom the client's `bootstrapServers` name: brokers, or the controllers themselves (KIP-919). */
  readonly endpointType?: 'broker' | 'controller' | undefined;
}

const endpointTypes = { broker: 1, controller: 2 } as const;

/** What an admin does with the cluster as a whole. */
export function clusterOperations(calls: AdminCalls) {
  const { cluster } = calls;
  let clientInstanceId: string | null = null;
  return {
    describeCluster: (options: DescribeClusterOptions = {}): Promise<ClusterDescription> =>
      calls.once(async () => {
        const response = await cluster.sendToAny('DescribeCluster', {
          includeClusterAuthorizedOperations: options.includeAuthorizedOperations ?? false,
          endpointType: endpointTypes[options.endpointType ?? 'broker'],
          includeFencedBrokers: options.includeFencedBrokers ?? false,
        });
        checkAnswer(response, 'cluster');
        return {
          clusterId: response.clusterId,
          controllerId: response.controllerId,
          brokers: response.brokers.map(({ brokerId, host, port, rack, isFenced }) => ({
            id: brokerId,
            host,
            port,
            rack,
            isFenced,
          })),
          authorizedOperations: authorizedOperations(response.clusterAuthorizedOperations),
        };
      }, options),

    /** Forgets a broker that will not come back. */
    unregisterBroker: (brokerId: number, options?: CallOptions): Promise<void> =>
      calls.once(async () => {
        const response = await cluster.sendToAny('UnregisterBroker', { brokerId });
        checkAnswer(response, `broker ${brokerId}`);
      }, options),

    /** The id under which the cluster would keep this client's metrics (KIP-714); asked for once. */
    clientInstanceId: (options?: CallOptions): Promise<string> =>
      calls.once(async () => {
        if (clientInstanceId === null) {
          const response = await cluster.sendToAny('GetTelemetrySubscriptions', {
            clientInstanceId: ZERO_UUID, // the broker chooses one
          });
          checkAnswer(response, 'subscriptions of metrics');
          clientInstanceId = response.clientInstanceId;
        }
        return clientInstanceId;
      }, options),
  };
}
