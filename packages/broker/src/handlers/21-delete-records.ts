import { isFailure } from '@tidelog/log';
import { errors, type KafkaError } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';
import type { Handler } from './handler.ts';
import { isInternalTopic } from './topic-description.ts';

/**
 * Versions 0 to 2. Moves the log start offset up to the given offset, -1 for the high watermark; whole
 * segments below it are removed later. Not for internal topics (INVALID_TOPIC_EXCEPTION) nor for topics
 * that are compacted only (POLICY_VIOLATION).
 */
export const deleteRecords: Handler<'DeleteRecords'> = (request, _context, broker) => ({
  topics: request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, offset }) => {
      const result = remove(broker, name, { index: partitionIndex, offset });
      return typeof result === 'number'
        ? { partitionIndex, lowWatermark: result, errorCode: errors.NONE.code }
        : { partitionIndex, lowWatermark: -1, errorCode: result.code };
    }),
  })),
});

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
