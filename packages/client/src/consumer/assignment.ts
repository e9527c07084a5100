import { keyOf, type TopicPartition } from '../topic-partition.ts';
import { PartitionState } from './partition-state.ts';

/** The partitions of a consumer; in the order in which they get their turn. */
export class Assignment {
  readonly #states = new Map<string, PartitionState>();

  get size(): number {
    return this.#states.size;
  }

  states(): Iterable<PartitionState> {
    return this.#states.values();
  }

  partitions(): TopicPartition[] {
    return Array.from(this.#states.values(), ({ topic, partition }) => ({ topic, partition }));
  }

  get(partition: TopicPartition): PartitionState | undefined {
    return this.#states.get(keyOf(partition));
  }

  add(partitions: Iterable<TopicPartition>): void {
    for (const partition of partitions) {
      this.#states.set(keyOf(partition), new PartitionState(partition));
    }
  }

  remove(partitions: Iterable<TopicPartition>): void {
    for (const partition of partitions) {
      this.#states.get(keyOf(partition))?.deactivate();
      this.#states.delete(keyOf(partition));
    }
  }

  clear(): void {
    this.remove(this.partitions());
  }

  moveToEnd(state: PartitionState): void {
    const key = keyOf(state);
    if (this.#states.delete(key)) this.#states.set(key, state);
  }
}
