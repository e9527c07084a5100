import { parseCoordinatorKey } from '@tidelog/coordinator';
import { errors, type KafkaError, type ResponseOf } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';
import { ensureInternalTopic } from '../topics/auto-creation.ts';
import {
  OFFSETS_TOPIC,
  SHARE_STATE_TOPIC,
  TRANSACTION_STATE_TOPIC,
} from '../config/internal-topics.ts';
import type { Handler } from './handler.ts';
import { liveNode } from './topic-description.ts';

interface KeyType {
  readonly topic: string;
  readonly sinceVersion: number;
  /** The partition that holds the records of a key; null for a key that is none. */
  readonly partitionFor: (key: string, broker: BrokerServices) => number | null;
}

/** By the number of the wire. */
const keyTypes = new Map<number, KeyType>([
  [
    0,
    {
      topic: OFFSETS_TOPIC,
      sinceVersion: 0,
      partitionFor: (key, { groups }) => groups.partitionFor(key),
    },
  ],
  [
    1,
    {
      topic: TRANSACTION_STATE_TOPIC,
      sinceVersion: 1,
      partitionFor: (key, { transactions }) => transactions.partitionFor(key),
    },
  ],
  [
    2,
    {
      topic: SHARE_STATE_TOPIC,
      sinceVersion: 6,
      partitionFor(key, { shareState }) {
        const sharePartition = parseCoordinatorKey(key);
        return sharePartition === null ? null : shareState.partitionFor(sharePartition);
      },
    },
  ],
]);

type Coordinator = NonNullable<ResponseOf<'FindCoordinator'>['coordinators']>[number];

/**
 * Versions 0 to 6: one key up to v3, several from v4 on. The topic behind the coordinator is created
 * with the first question. The key of a share partition (from v6 on) is `group:topicId:partition`; a
 * malformed one and unknown key types are INVALID_REQUEST.
 */
export const findCoordinator: Handler<'FindCoordinator'> = async (request, context, broker) => {
  const { keyType, key, coordinatorKeys } = request;
  const { apiVersion, listenerName } = context;
  const known = keyTypes.get(keyType);
  const type = known !== undefined && apiVersion >= known.sinceVersion ? known : null;
  const find = (wanted: string) => coordinatorOf(wanted, type, listenerName, broker);
  if (apiVersion >= 4) return { coordinators: await Promise.all(coordinatorKeys.map(find)) };
  const { errorCode, errorMessage, nodeId, host, port } = await find(key);
  return { errorCode, errorMessage, nodeId, host, port };
};

async function coordinatorOf(
  key: string,
  type: KeyType | null,
  listenerName: string,
  broker: BrokerServices,
): Promise<Coordinator> {
  const index = type?.partitionFor(key, broker) ?? null;
  if (type === null || index === null) return refuse(key, errors.INVALID_REQUEST);
  const topic = broker.internalTopics.get(type.topic)!;
  if ((await ensureInternalTopic(broker, topic)) !== 0) {
    return refuse(key, errors.COORDINATOR_NOT_AVAILABLE);
  }
  const { image } = broker.metadata;
  const partition = image.topics.partition(type.topic, index);
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
