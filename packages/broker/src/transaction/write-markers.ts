import type { TransactionEnd } from '@tidelog/coordinator';
import { isFailure } from '@tidelog/log';
import { errors, type KafkaError, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import { OFFSETS_TOPIC } from '../config/internal-topics.ts';
import type { Partition } from '../partition/partition.ts';
import type { BrokerServices } from '../services.ts';

type Marker = RequestOf<'WriteTxnMarkers'>['markers'][number];
type MarkerResult = ResponseOf<'WriteTxnMarkers'>['markers'][number];
type Services = Pick<BrokerServices, 'partitions' | 'groups' | 'config'>;

/**
 * Writes the markers of ended transactions to partitions that this broker leads, all of them in this
 * turn; resolves when they are on all in-sync replicas. Each partition answers for itself.
 */
export async function writeMarkers(
  { markers }: RequestOf<'WriteTxnMarkers'>,
  broker: Services,
): Promise<ResponseOf<'WriteTxnMarkers'>> {
  const written = await Promise.all(markers.map((marker) => writeMarker(marker, broker)));
  return { markers: byProducer(written) };
}

async function writeMarker(marker: Marker, broker: Services): Promise<MarkerResult> {
  const end = { ...marker, committed: marker.transactionResult };
  const topics = marker.topics.map(async ({ name, partitionIndexes }) => ({
    name,
    partitions: await Promise.all(
      partitionIndexes.map(async (partitionIndex) => {
        const error = await writeTo(broker.partitions.get(name, partitionIndex), end, broker);
        return { partitionIndex, errorCode: error.code };
      }),
    ),
  }));
  return { producerId: marker.producerId, topics: await Promise.all(topics) };
}

async function writeTo(
  partition: Partition | undefined,
  end: TransactionEnd,
  broker: Services,
): Promise<KafkaError> {
  if (partition === undefined) return errors.UNKNOWN_TOPIC_OR_PARTITION;
  const { topic, index } = partition;
  const { minInSyncReplicas } = broker.partitions.settings(topic);
  if (partition.isLeader && !partition.hasMinInSyncReplicas(minInSyncReplicas)) {
    return errors.NOT_ENOUGH_REPLICAS;
  }
  if (topic === OFFSETS_TOPIC) {
    const error = await broker.groups.endTransaction(index, end);
    return error === null ? errors.NONE : forTransactionCoordinator(error);
  }
  const appended = partition.appendMarker(end);
  if (isFailure(appended)) return appended.error;
  const timeoutMs = broker.config.getInt('request.timeout.ms');
  return (await partition.replicated(appended.lastOffset, timeoutMs)) ?? errors.NONE;
}

/** Who writes markers expects of a group coordinator what it expects of any leader. */
function forTransactionCoordinator(error: KafkaError): KafkaError {
  switch (error.name) {
    case 'COORDINATOR_NOT_AVAILABLE':
    case 'COORDINATOR_LOAD_IN_PROGRESS':
    case 'NOT_COORDINATOR':
      return errors.NOT_LEADER_OR_FOLLOWER;
    default:
      return error;
  }
}

/** Two markers of one producer share an answer. */
function byProducer(results: readonly MarkerResult[]): MarkerResult[] {
  const merged = new Map<number, MarkerResult>();
  for (const { producerId, topics } of results) {
    const before = merged.get(producerId)?.topics ?? [];
    merged.set(producerId, { producerId, topics: [...before, ...topics] });
  }
  return [...merged.values()];
}
