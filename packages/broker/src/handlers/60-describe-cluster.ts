import { errors } from '@tidelog/protocol';
import { allOperations, NOT_ASKED } from './authorized-operations.ts';
import type { Handler } from './handler.ts';
import { liveNodes } from './topic-description.ts';

const BROKERS = 1;

/**
 * Versions 0 to 2. A broker describes brokers only: another endpoint type (v1) is
 * MISMATCHED_ENDPOINT_TYPE. From v2 on fenced brokers are listed where asked for.
 */
export const describeCluster: Handler<'DescribeCluster'> = (request, context, broker) => {
  const { image } = broker.metadata;
  if (request.endpointType !== BROKERS) {
    const error = errors.MISMATCHED_ENDPOINT_TYPE;
    return {
      errorCode: error.code,
      errorMessage: 'this is the endpoint of a broker',
      clusterId: broker.clusterId,
      brokers: [],
    };
  }
  const live = liveNodes(image, context.listenerName).map(({ nodeId, ...node }) => ({
    brokerId: nodeId,
    ...node,
    isFenced: false,
  }));
  const fenced = [...image.cluster.brokers.values()].flatMap((node) => {
    const endpoint = node.listeners.get(context.listenerName);
    if (!request.includeFencedBrokers || !node.fenced || endpoint === undefined) return [];
    const { host, port } = endpoint;
    return [{ brokerId: node.id, host, port, rack: node.rack, isFenced: true }];
  });
  return {
    errorCode: errors.NONE.code,
    endpointType: request.endpointType,
    clusterId: broker.clusterId,
    controllerId: broker.nodeId,
    brokers: [...live, ...fenced],
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
      ? allOperations.cluster
      : NOT_ASKED,
  };
};
