import { futureDirectoryName, StorageError } from '@tidelog/log';
import { errors, type KafkaError } from '@tidelog/protocol';
import { problemOf } from '../partition/log-directories.ts';
import type { BrokerServices } from '../services.ts';
import type { Handler } from './handler.ts';

const MAX_NAME_LENGTH = 255;
const EXAMPLE_ID = '0'.repeat(32);

/**
 * Versions 1 and 2 (KIP-113). Begins to move replicas into other directories of this broker; where one is
 * being moved already, to the directory that is named last, which may be the one that it is in. A
 * partition that is not there yet is REPLICA_NOT_AVAILABLE or UNKNOWN_TOPIC_OR_PARTITION, and will be
 * created there. No directory of this broker: LOG_DIR_NOT_FOUND; a failed one: KAFKA_STORAGE_ERROR; a
 * cordoned one: INVALID_REPLICA_ASSIGNMENT (KIP-1066).
 */
export const alterReplicaLogDirs: Handler<'AlterReplicaLogDirs'> = (request, _context, broker) => {
  const results = new Map<string, Map<number, KafkaError>>();
  for (const { path, topics } of request.dirs) {
    for (const { name, partitions } of topics) {
      const ofTopic = results.get(name) ?? new Map<number, KafkaError>();
      results.set(name, ofTopic);
      for (const index of partitions) ofTopic.set(index, alter(broker, { name, index, path }));
    }
  }
  return {
    results: [...results].map(([topicName, partitions]) => ({
      topicName,
      partitions: [...partitions].map(([partitionIndex, { code: errorCode }]) => ({
        partitionIndex,
        errorCode,
      })),
    })),
  };
};

function alter(
  { partitions, metadata, hosting }: BrokerServices,
  { name, index, path }: { name: string; index: number; path: string },
): KafkaError {
  if (futureDirectoryName(name, index, EXAMPLE_ID).length > MAX_NAME_LENGTH) {
    return errors.INVALID_TOPIC_EXCEPTION;
  }
  const entry = partitions.directories.byPath(path);
  if (entry === undefined) return errors.LOG_DIR_NOT_FOUND;
  const { directory } = entry;
  if (directory === null || problemOf(entry) !== null) return errors.KAFKA_STORAGE_ERROR;
  if (hosting.isCordoned(path)) return errors.INVALID_REPLICA_ASSIGNMENT;
  const partition = partitions.find(name, index);
  if ('code' in partition) {
    if (partition !== errors.UNKNOWN_TOPIC_OR_PARTITION) return partition;
    partitions.prefer(name, index, directory);
    const isKnown = metadata.image.topics.byName(name)?.partitions[index] !== undefined;
    return isKnown ? errors.REPLICA_NOT_AVAILABLE : errors.UNKNOWN_TOPIC_OR_PARTITION;
  }
  try {
    partitions.moveTo(partition, directory);
    return errors.NONE;
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return errors.KAFKA_STORAGE_ERROR;
  }
}
