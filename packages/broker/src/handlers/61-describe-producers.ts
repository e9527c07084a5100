import { errors } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';
import { isValidTopicName } from '../topics/topic-name.ts';
import type { Handler } from './handler.ts';

/** Version 0 (KIP-664): the producers that the leader of a partition remembers. */
export const describeProducers: Handler<'DescribeProducers'> = (request, _context, broker) => ({
  topics: request.topics.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => ({
      partitionIndex,
      ...describe(broker, name, partitionIndex),
    })),
  })),
});

function describe(broker: BrokerServices, topic: string, index: number) {
  const partition = isValidTopicName(topic)
    ? broker.partitions.find(topic, index)
    : errors.INVALID_TOPIC_EXCEPTION;
  const error = 'code' in partition ? partition : partition.checkLeader(-1);
  if ('code' in partition || error !== errors.NONE) {
    return { errorCode: error.code, errorMessage: error.message, activeProducers: [] };
  }
  return {
    errorCode: errors.NONE.code,
    errorMessage: null,
    activeProducers: partition.log.producers(),
  };
}
