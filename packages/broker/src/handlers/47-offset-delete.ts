import { errors, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';
import type { Handler } from './handler.ts';

type Topics = RequestOf<'OffsetDelete'>['topics'];

/** Version 0. Partitions that do not exist are UNKNOWN_TOPIC_OR_PARTITION. */
export const offsetDelete: Handler<'OffsetDelete'> = async (request, _context, broker) => {
  const known = select(request.topics, (name, index) => exists(broker, name, index));
  const unknown = select(request.topics, (name, index) => !exists(broker, name, index));
  const refused: ResponseOf<'OffsetDelete'>['topics'] = unknown.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({
      partitionIndex,
      errorCode: errors.UNKNOWN_TOPIC_OR_PARTITION.code,
    })),
  }));
  const response = await broker.groups.offsetDelete({ ...request, topics: known });
  if (response.errorCode !== 0) return response;
  return { ...response, topics: [...response.topics, ...refused] };
};

function exists(broker: BrokerServices, name: string, index: number): boolean {
  return broker.metadata.image.topics.partition(name, index) !== undefined;
}

function select(topics: Topics, keep: (name: string, index: number) => boolean): Topics {
  return topics
    .map(({ name, partitions }) => ({
      name,
      partitions: partitions.filter(({ partitionIndex }) => keep(name, partitionIndex)),
    }))
    .filter(({ partitions }) => partitions.length > 0);
}
