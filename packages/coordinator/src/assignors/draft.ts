import type { TopicPartitions } from './assignor.ts';

/** What a member shall own while it is worked out. Shares what it had until that changes. */
export class Draft {
  readonly former: TopicPartitions;
  #changed: Map<string, Set<number>> | null = null;

  constructor(former: TopicPartitions) {
    this.former = former;
  }

  add(topicId: string, partition: number): void {
    const topics = this.#change();
    const partitions = topics.get(topicId);
    if (partitions === undefined) topics.set(topicId, new Set([partition]));
    else partitions.add(partition);
  }

  remove(topicId: string, partition: number): void {
    const topics = this.#change();
    const partitions = topics.get(topicId);
    partitions?.delete(partition);
    if (partitions?.size === 0) topics.delete(topicId);
  }

  removeTopic(topicId: string): void {
    this.#change().delete(topicId);
  }

  get result(): TopicPartitions {
    return this.#changed ?? this.former;
  }

  #change(): Map<string, Set<number>> {
    if (this.#changed === null) {
      this.#changed = new Map();
      for (const [topicId, partitions] of this.former) {
        this.#changed.set(topicId, new Set(partitions));
      }
    }
    return this.#changed;
  }
}

/** What each member shall own, when it is worked out. */
export function resultOf(drafts: ReadonlyMap<string, Draft>): Map<string, TopicPartitions> {
  return new Map([...drafts].map(([memberId, draft]) => [memberId, draft.result]));
}
