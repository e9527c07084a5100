import type { BrokerConfig } from '@tidelog/metadata';
import type { InternalTopic } from '../topics/auto-creation.ts';

export const OFFSETS_TOPIC = '__consumer_offsets';
export const TRANSACTION_STATE_TOPIC = '__transaction_state';

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
  const transactions: InternalTopic = {
    name: TRANSACTION_STATE_TOPIC,
    numPartitions: config.getInt('transaction.state.log.num.partitions'),
    replicationFactor: config.getInt('transaction.state.log.replication.factor'),
    configs: new Map([
      ['cleanup.policy', 'compact'],
      ['compression.type', 'uncompressed'],
      ['min.insync.replicas', String(config.getInt('transaction.state.log.min.isr'))],
      ['segment.bytes', String(config.getInt('transaction.state.log.segment.bytes'))],
      ['unclean.leader.election.enable', 'false'],
    ]),
  };
  return new Map([offsets, transactions].map((topic) => [topic.name, topic]));
}
