import { isFailure, StorageError } from '@tidelog/log';
import { errors, type KafkaError } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';
import type { Handler } from './handler.ts';
import { isInternalTopic } from '../config/internal-topics.ts';

/**
 * Versions 0 to 2. Moves the log start offset up to the given offset, -1 for the high watermark; whole
 * segments below it are removed later. Not for internal topics (INVALID_TOPIC_EXCEPTION) nor for topics
 * that are compacted only (POLICY_VIOLATION). Unlike Apache Kafka's, what is acknowledged as deleted
 * stays so after a crash.
 */
export const deleteRecords: Handler<'DeleteRecords'> = async (request, _context, broker) => {
  const topics = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex: index, offset }) => ({
      index,
      result: remove(broker, name, { index, offset }),
    })),
  }));
  const isDurable = await saveStarts(broker);
  return {
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index, result }) => {
        const failure = isDurable ? errors.NONE : errors.KAFKA_STORAGE_ERROR;
        const { code: errorCode } = typeof result === 'number' ? failure : result;
        const lowWatermark = errorCode === 0 ? (result as number) : -1;
        return { partitionIndex: index, lowWatermark, errorCode };
      }),
    })),
  };
};

async function saveStarts(broker: BrokerServices): Promise<boolean> {
  try {
    await broker.partitions.saveLogStartOffsets();
    return true;
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return false;
  }
}

function remove(
  broker: BrokerServices,
  topic: string,
  { index, offset }: { index: number; offset: number },
): number | KafkaError {
  const partition = broker.partitions.find(topic, index);
  if ('code' in partition) return partition;
  if (isInternalTopic(topic)) return errors.INVALID_TOPIC_EXCEPTION;
  const { compact, delete: deletes } = partition.log.config;
  if (compact && !deletes) return errors.POLICY_VIOLATION;
  const result = partition.deleteRecords(offset);
  return typeof result === 'object' && isFailure(result) ? result.error : result;
}
