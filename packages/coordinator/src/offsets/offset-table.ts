import type { OffsetValue } from './offset-record.ts';

/** A committed offset, and where its record stands. */
export interface StoredOffset extends OffsetValue {
  readonly recordOffset: number;
}

export type TopicOffsets = Map<string, Map<number, StoredOffset>>;

/** Offsets by group, topic and partition. No inner map is ever empty. */
export class OffsetTable {
  readonly #groups = new Map<string, TopicOffsets>();

  group(groupId: string): TopicOffsets | undefined {
    return this.#groups.get(groupId);
  }

  groupIds(): Iterable<string> {
    return this.#groups.keys();
  }

  get(groupId: string, topic: string, partition: number): StoredOffset | undefined {
    return this.#groups.get(groupId)?.get(topic)?.get(partition);
  }

  put(groupId: string, topic: string, partition: number, offset: StoredOffset): void {
    let topics = this.#groups.get(groupId);
    if (topics === undefined) this.#groups.set(groupId, (topics = new Map()));
    let partitions = topics.get(topic);
    if (partitions === undefined) topics.set(topic, (partitions = new Map()));
    partitions.set(partition, offset);
  }

  remove(groupId: string, topic: string, partition: number): void {
    const topics = this.#groups.get(groupId);
    const partitions = topics?.get(topic);
    if (topics === undefined || partitions === undefined) return;
    partitions.delete(partition);
    if (partitions.size === 0) topics.delete(topic);
    if (topics.size === 0) this.#groups.delete(groupId);
  }
}
