import type { BrokerConfig } from '@tidelog/metadata';
import type { InternalTopic } from '../topics/auto-creation.ts';

export const OFFSETS_TOPIC = '__consumer_offsets';
export const TRANSACTION_STATE_TOPIC = '__transaction_state';
export const SHARE_STATE_TOPIC = '__share_group_state';

const names = new Set([OFFSETS_TOPIC, TRANSACTION_STATE_TOPIC, SHARE_STATE_TOPIC]);

/** Topics that the broker writes itself, and that clients leave alone. */
export function isInternalTopic(name: string): boolean {
  return names.has(name);
}

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
  const shareState: InternalTopic = {
    name: SHARE_STATE_TOPIC,
    numPartitions: config.getInt('share.coordinator.state.topic.num.partitions'),
    replicationFactor: config.getInt('share.coordinator.state.topic.replication.factor'),
    configs: new Map([
      ['cleanup.policy', 'delete'],
      ['compression.type', 'producer'],
      ['segment.bytes', String(config.getInt('share.coordinator.state.topic.segment.bytes'))],
      ['min.insync.replicas', String(config.getInt('share.coordinator.state.topic.min.isr'))],
      ['retention.ms', '-1'],
    ]),
  };
  return new Map([offsets, transactions, shareState].map((topic) => [topic.name, topic]));
}
