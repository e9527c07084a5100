import { keyOf, type TopicPartition } from '../../topic-partition.ts';
import type { Offsets } from '../types.ts';

export interface AutoCommit {
  readonly enabled: boolean;
  /** In the midst of a batch, when so much time has passed; null: only at its end. */
  readonly intervalMs: number | null;
  /** Or when so many messages are resolved. */
  readonly threshold: number | null;
}

export type NextOffset = TopicPartition & { readonly offset: number };

/** What the handlers have resolved and nobody has committed yet. */
export class ResolvedOffsets {
  readonly #policy: AutoCommit;
  readonly #next = new Map<string, NextOffset>();
  #count = 0;
  #committedAt: number;

  constructor(policy: AutoCommit, now: number) {
    this.#policy = policy;
    this.#committedAt = now;
  }

  /** `offset` is of the next message to consume. */
  resolve(place: TopicPartition, offset: number): void {
    const { topic, partition } = place;
    this.#next.set(keyOf(place), { topic, partition, offset });
    this.#count++;
  }

  /** Of the next message, where one was resolved and is not committed. */
  next(place: TopicPartition): number | undefined {
    return this.#next.get(keyOf(place))?.offset;
  }

  forget(places: readonly TopicPartition[]): void {
    for (const place of places) this.#next.delete(keyOf(place));
  }

  isDue(now: number): boolean {
    const { enabled, intervalMs, threshold } = this.#policy;
    if (!enabled || this.#next.size === 0) return false;
    const isLate = intervalMs !== null && now - this.#committedAt >= intervalMs;
    return isLate || (threshold !== null && this.#count >= threshold);
  }

  /** All that is to be committed, which then is somebody's to commit. */
  take(now: number): NextOffset[] {
    const offsets = [...this.#next.values()];
    this.#next.clear();
    this.#count = 0;
    this.#committedAt = now;
    return offsets;
  }

  /** A commit has failed: what was not resolved further meanwhile is still to be committed. */
  putBack(offsets: readonly NextOffset[]): void {
    for (const next of offsets) {
      if (!this.#next.has(keyOf(next))) this.#next.set(keyOf(next), next);
    }
  }

  /** In kafkajs's shape. */
  uncommitted(): Offsets {
    const topics = new Map<string, { partition: number; offset: string }[]>();
    for (const { topic, partition, offset } of this.#next.values()) {
      const partitions = topics.get(topic) ?? [];
      topics.set(topic, [...partitions, { partition, offset: String(offset) }]);
    }
    return { topics: Array.from(topics, ([topic, partitions]) => ({ topic, partitions })) };
  }
}
