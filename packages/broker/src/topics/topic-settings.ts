import type { LogConfig } from '@tidelog/log';
import {
  type BrokerConfig,
  type ConfigValue,
  DURABILITY_CONFIG,
  topicConfigDef,
} from '@tidelog/metadata';
import type { Durability } from '../partition/partition.ts';
import type { TopicSettings } from '../partition/partitions.ts';

/** What a topic with `own` configs obeys on this broker: its own, over what the broker gives. */
export function topicSettings(
  config: BrokerConfig,
  own: ReadonlyMap<string, string>,
): TopicSettings {
  const { values } = topicConfigDef.parse(own, config.topicDefaults());
  const read = new TopicValues(values);
  const policy = read.list('cleanup.policy');
  const log: LogConfig = {
    segmentBytes: read.number('segment.bytes'),
    segmentMs: read.number('segment.ms'),
    segmentJitterMs: read.number('segment.jitter.ms'),
    segmentIndexBytes: read.number('segment.index.bytes'),
    retentionMs: read.number('retention.ms'),
    retentionBytes: read.number('retention.bytes'),
    maxMessageBytes: read.number('max.message.bytes'),
    indexIntervalBytes: read.number('index.interval.bytes'),
    fileDeleteDelayMs: read.number('file.delete.delay.ms'),
    messageTimestampType: read.text('message.timestamp.type') as LogConfig['messageTimestampType'],
    messageTimestampBeforeMaxMs: read.number('message.timestamp.before.max.ms'),
    messageTimestampAfterMaxMs: read.number('message.timestamp.after.max.ms'),
    compressionType: read.text('compression.type') as LogConfig['compressionType'],
    compressionGzipLevel: read.number('compression.gzip.level'),
    compressionLz4Level: read.number('compression.lz4.level'),
    compressionZstdLevel: read.number('compression.zstd.level'),
    compact: policy.includes('compact'),
    delete: policy.includes('delete'),
    preallocate: values.get('preallocate') === true,
    flushMessages: read.number('flush.messages'),
    flushMs: read.number('flush.ms'),
    deleteRetentionMs: read.number('delete.retention.ms'),
    minCompactionLagMs: read.number('min.compaction.lag.ms'),
    maxCompactionLagMs: read.number('max.compaction.lag.ms'),
    minCleanableDirtyRatio: read.number('min.cleanable.dirty.ratio'),
  };
  return {
    log,
    // Apache Kafka's own way to say it: flush after each message, before the answer.
    durability: log.flushMessages <= 1 ? 'fsync' : (read.text(DURABILITY_CONFIG) as Durability),
    minInSyncReplicas: read.number('min.insync.replicas'),
  };
}

/** Parsed topic configs by their types; a missing one is a bug. */
class TopicValues {
  readonly #values: ReadonlyMap<string, ConfigValue>;

  constructor(values: ReadonlyMap<string, ConfigValue>) {
    this.#values = values;
  }

  number(name: string): number {
    return Number(this.#get(name));
  }

  text(name: string): string {
    return String(this.#get(name));
  }

  list(name: string): readonly string[] {
    return this.#get(name) as readonly string[];
  }

  #get(name: string): NonNullable<ConfigValue> {
    const value = this.#values.get(name);
    if (value === undefined || value === null) throw new Error(`topic config ${name} has no value`);
    return value;
  }
}
