import type { EventPosition } from '../host/machine.ts';
import type { OffsetValue } from './offset-record.ts';
import { OffsetTable, type StoredOffset, type TopicOffsets } from './offset-table.ts';

const NO_PRODUCER = -1;

/** Committed offsets, and those that wait for the end of their transaction. */
export class OffsetStore {
  readonly committed = new OffsetTable();
  /** By producer id. */
  readonly #pending = new Map<number, OffsetTable>();

  put(
    key: { readonly groupId: string; readonly topic: string; readonly partition: number },
    value: OffsetValue,
    { offset, producerId }: EventPosition,
  ): void {
    let table = this.committed;
    if (producerId !== NO_PRODUCER) {
      table = this.#pending.get(producerId) ?? new OffsetTable();
      this.#pending.set(producerId, table);
    }
    table.put(key.groupId, key.topic, key.partition, { ...value, recordOffset: offset });
  }

  /** A tombstone also takes what is pending. */
  remove(groupId: string, topic: string, partition: number): void {
    this.committed.remove(groupId, topic, partition);
    for (const table of this.#pending.values()) table.remove(groupId, topic, partition);
  }

  endTransaction(producerId: number, committed: boolean): void {
    const table = this.#pending.get(producerId);
    if (table === undefined) return;
    this.#pending.delete(producerId);
    if (!committed) return;
    for (const groupId of table.groupIds()) {
      for (const [topic, partitions] of table.group(groupId)!) {
        for (const [partition, offset] of partitions) {
          this.#commit(groupId, topic, partition, offset);
        }
      }
    }
  }

  /** Whether there is anything to delete. */
  has(groupId: string, topic: string, partition: number): boolean {
    if (this.committed.get(groupId, topic, partition) !== undefined) return true;
    return this.pendingOf(groupId).some((topics) => topics.get(topic)?.has(partition));
  }

  /** All groups with offsets, committed or pending. */
  groupIds(): Set<string> {
    const ids = new Set(this.committed.groupIds());
    for (const table of this.#pending.values()) for (const id of table.groupIds()) ids.add(id);
    return ids;
  }

  /** The offsets of a group that open transactions hold, one map for each producer. */
  pendingOf(groupId: string): TopicOffsets[] {
    const found: TopicOffsets[] = [];
    for (const table of this.#pending.values()) {
      const topics = table.group(groupId);
      if (topics !== undefined) found.push(topics);
    }
    return found;
  }

  /** The later record wins, because compaction keeps no other order between the two kinds. */
  #commit(groupId: string, topic: string, partition: number, offset: StoredOffset): void {
    const present = this.committed.get(groupId, topic, partition);
    if (present !== undefined && present.recordOffset > offset.recordOffset) return;
    this.committed.put(groupId, topic, partition, offset);
  }
}
