import { keyOf, type TopicPartition } from '../../topic-partition.ts';
import type { TopicPartitions } from '../types.ts';

/**
 * Which partitions a program has paused, and where it wants to go on: said at any time, also before the
 * partitions are this member's.
 */
export class Placed {
  readonly #pausedTopics = new Set<string>();
  readonly #paused = new Map<string, TopicPartition>();
  readonly #seeks = new Map<string, number>();

  pause({ topic, partitions }: { topic: string; partitions?: number[] }): void {
    if (partitions === undefined) this.#pausedTopics.add(topic);
    for (const partition of partitions ?? []) {
      this.#paused.set(keyOf({ topic, partition }), { topic, partition });
    }
  }

  resume({ topic, partitions }: { topic: string; partitions?: number[] }): void {
    if (partitions === undefined) this.#pausedTopics.delete(topic);
    for (const [key, place] of this.#paused) {
      if (place.topic !== topic) continue;
      if (partitions?.includes(place.partition) ?? true) this.#paused.delete(key);
    }
  }

  isPaused(place: TopicPartition): boolean {
    return this.#pausedTopics.has(place.topic) || this.#paused.has(keyOf(place));
  }

  /** Of these, which are paused, by topic. */
  paused(owned: readonly TopicPartition[]): TopicPartitions[] {
    const topics = new Map<string, number[]>();
    for (const place of owned) {
      if (!this.isPaused(place)) continue;
      topics.set(place.topic, [...(topics.get(place.topic) ?? []), place.partition]);
    }
    return Array.from(topics, ([topic, partitions]) => ({ topic, partitions }));
  }

  seek(place: TopicPartition, offset: number): void {
    this.#seeks.set(keyOf(place), offset);
  }

  hasSeek(place: TopicPartition): boolean {
    return this.#seeks.has(keyOf(place));
  }

  /** Where to go on, once. */
  takeSeek(place: TopicPartition): number | undefined {
    const offset = this.#seeks.get(keyOf(place));
    this.#seeks.delete(keyOf(place));
    return offset;
  }
}
