import { errors, type KafkaError, type ResponseOf } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';
import { ensureInternalTopic } from '../topics/auto-creation.ts';
import { OFFSETS_TOPIC, TRANSACTION_STATE_TOPIC } from '../config/internal-topics.ts';
import type { Handler } from './handler.ts';
import { liveNode } from './topic-description.ts';

interface KeyType {
  readonly topic: string;
  readonly partitionFor: (key: string, broker: BrokerServices) => number;
}

/** By the number of the wire; share partitions (2) have their turn later. */
const keyTypes = new Map<number, KeyType>([
  [0, { topic: OFFSETS_TOPIC, partitionFor: (key, { groups }) => groups.partitionFor(key) }],
  [
    1,
    {
      topic: TRANSACTION_STATE_TOPIC,
      partitionFor: (key, { transactions }) => transactions.partitionFor(key),
    },
  ],
]);

type Coordinator = NonNullable<ResponseOf<'FindCoordinator'>['coordinators']>[number];

/**
 * Versions 0 to 6: one key up to v3, several from v4 on. The topic behind the coordinator is created
 * with the first question. Key types other than groups and transactional ids are INVALID_REQUEST.
 */
export const findCoordinator: Handler<'FindCoordinator'> = async (request, context, broker) => {
  const { keyType, key, coordinatorKeys } = request;
  const find = (wanted: string) => coordinatorOf(wanted, keyType, context.listenerName, broker);
  if (context.apiVersion >= 4)
    return { coordinators: await Promise.all(coordinatorKeys.map(find)) };
  const { errorCode, errorMessage, nodeId, host, port } = await find(key);
  return { errorCode, errorMessage, nodeId, host, port };
};

async function coordinatorOf(
  key: string,
  keyType: number,
  listenerName: string,
  broker: BrokerServices,
): Promise<Coordinator> {
  const type = keyTypes.get(keyType);
  if (type === undefined) return refuse(key, errors.INVALID_REQUEST);
  const topic = broker.internalTopics.get(type.topic)!;
  if ((await ensureInternalTopic(broker, topic)) !== 0) {
    return refuse(key, errors.COORDINATOR_NOT_AVAILABLE);
  }
  const { image } = broker.metadata;
  const partition = image.topics.partition(type.topic, type.partitionFor(key, broker));
  const node = liveNode(image, partition?.leader ?? -1, listenerName);
  if (node === undefined) return refuse(key, errors.COORDINATOR_NOT_AVAILABLE);
  const { nodeId, host, port } = node;
  return { key, nodeId, host, port, errorCode: errors.NONE.code, errorMessage: null };
}

function refuse(key: string, error: KafkaError): Coordinator {
  return {
    key,
    nodeId: -1,
    host: '',
    port: -1,
    errorCode: error.code,
    errorMessage: error.message,
  };
}
