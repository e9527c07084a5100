import type { BrokerConfig } from '@tidelog/metadata';
import type { InternalTopic } from '../topics/auto-creation.ts';

export const OFFSETS_TOPIC = '__consumer_offsets';

/** The topics that a broker creates when they are first needed. */
export function internalTopics(config: BrokerConfig): Map<string, InternalTopic> {
  const offsets: InternalTopic = {
    name: OFFSETS_TOPIC,
    numPartitions: config.getInt('offsets.topic.num.partitions'),
    replicationFactor: config.getInt('offsets.topic.replication.factor'),
    configs: new Map([
      ['cleanup.policy', 'compact'],
      ['compression.type', 'producer'],
      ['segment.bytes', String(config.getInt('offsets.topic.segment.bytes'))],
    ]),
  };
  return new Map([[offsets.name, offsets]]);
}
