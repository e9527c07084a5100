import type { TopicPartitions } from '../assignors/assignor.ts';
import type { AssignmentEpochs } from './consumer-member.ts';

/** Who holds each partition of the topics of a group: at most one member. */
export class PartitionOwners {
  readonly #topics = new Map<string, Map<number, string>>();

  of(topicId: string, partition: number): string | undefined {
    return this.#topics.get(topicId)?.get(partition);
  }

  take(memberId: string, assignment: AssignmentEpochs | TopicPartitions): void {
    for (const [topicId, partitions] of assignment) {
      if (partitions.size === 0) continue;
      let owners = this.#topics.get(topicId);
      if (owners === undefined) this.#topics.set(topicId, (owners = new Map()));
      for (const partition of partitions.keys()) owners.set(partition, memberId);
    }
  }

  /** What another has taken meanwhile stays with that one. */
  release(memberId: string, assignment: AssignmentEpochs | TopicPartitions): void {
    for (const [topicId, partitions] of assignment) {
      const owners = this.#topics.get(topicId);
      if (owners === undefined) continue;
      for (const partition of partitions.keys()) {
        if (owners.get(partition) === memberId) owners.delete(partition);
      }
      if (owners.size === 0) this.#topics.delete(topicId);
    }
  }
}
