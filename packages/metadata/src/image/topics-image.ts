import type { MetadataRecord, RecordOf } from '../records/metadata-record.ts';
import type { MetadataDelta } from './metadata-delta.ts';
import { changedPartition, partitionFromRecord, partitionToRecord } from './partition.ts';
import type { PartitionImage, TopicImage } from './topic.ts';

interface MutableTopic {
  readonly name: string;
  readonly id: string;
  readonly partitions: PartitionImage[];
}

/** All topics, by name and by id. */
export class TopicsImage {
  readonly #byName = new Map<string, MutableTopic>();
  readonly #byId = new Map<string, MutableTopic>();
  #partitionCount = 0;

  byName(name: string): TopicImage | undefined {
    return this.#byName.get(name);
  }

  byId(id: string): TopicImage | undefined {
    return this.#byId.get(id);
  }

  partition(name: string, partition: number): PartitionImage | undefined {
    return this.#byName.get(name)?.partitions[partition];
  }

  /** In the order of their creation. */
  all(): IterableIterator<TopicImage> {
    return this.#byId.values();
  }

  get size(): number {
    return this.#byId.size;
  }

  /** How many partitions all topics have together. */
  get partitionCount(): number {
    return this.#partitionCount;
  }

  create(record: RecordOf<'Topic'>, delta: MetadataDelta | undefined): void {
    const topic: MutableTopic = { name: record.name, id: record.topicId, partitions: [] };
    this.#byName.set(topic.name, topic);
    this.#byId.set(topic.id, topic);
    delta?.topicCreated(topic);
  }

  /** Returns the topic that was removed. */
  remove(record: RecordOf<'RemoveTopic'>, delta: MetadataDelta | undefined): TopicImage {
    const topic = this.#topic(record.topicId);
    this.#byId.delete(topic.id);
    if (this.#byName.get(topic.name) === topic) this.#byName.delete(topic.name);
    this.#partitionCount -= topic.partitions.length;
    delta?.topicDeleted(topic);
    return topic;
  }

  setPartition(record: RecordOf<'Partition'>, delta: MetadataDelta | undefined): void {
    const topic = this.#topic(record.topicId);
    if (topic.partitions[record.partitionId] === undefined) this.#partitionCount++;
    const like = topic.partitions[record.partitionId - 1];
    topic.partitions[record.partitionId] = partitionFromRecord(record, like);
    delta?.partitionChanged(topic, record.partitionId);
  }

  changePartition(record: RecordOf<'PartitionChange'>, delta: MetadataDelta | undefined): void {
    const topic = this.#topic(record.topicId);
    const old = topic.partitions[record.partitionId];
    if (old === undefined) {
      throw new Error(`no partition ${record.partitionId} in topic ${topic.name}`);
    }
    const like = topic.partitions[record.partitionId - 1];
    topic.partitions[record.partitionId] = changedPartition(old, record, like);
    delta?.partitionChanged(topic, record.partitionId);
  }

  /** Forgets eligible leaders: of one topic, or of all when the name is empty. */
  clearElr(record: RecordOf<'ClearElr'>, delta: MetadataDelta | undefined): void {
    if (record.topicName === '') {
      for (const topic of this.#byId.values()) clearElrOf(topic, delta);
      return;
    }
    const topic = this.#byName.get(record.topicName);
    if (topic === undefined) throw new Error(`no topic ${record.topicName} to clear the ELR of`);
    clearElrOf(topic, delta);
  }

  records(): Iterable<MetadataRecord> {
    const topics = Array.from(this.#byId.values(), ({ name, id, partitions }) => {
      return { name, id, partitions: partitions.slice() };
    });
    return recordsOf(topics);
  }

  #topic(id: string): MutableTopic {
    const topic = this.#byId.get(id);
    if (topic === undefined) throw new Error(`no topic with id ${id}`);
    return topic;
  }
}

function* recordsOf(topics: readonly TopicImage[]): Generator<MetadataRecord> {
  for (const { name, id, partitions } of topics) {
    yield { type: 'Topic', name, topicId: id };
    for (const [partitionId, partition] of partitions.entries()) {
      yield partitionToRecord(partition, id, partitionId);
    }
  }
}

function clearElrOf(topic: MutableTopic, delta: MetadataDelta | undefined): void {
  for (const [id, partition] of topic.partitions.entries()) {
    if (partition.elr.length === 0 && partition.lastKnownElr.length === 0) continue;
    topic.partitions[id] = { ...partition, elr: [], lastKnownElr: [] };
    delta?.partitionChanged(topic, id);
  }
}
