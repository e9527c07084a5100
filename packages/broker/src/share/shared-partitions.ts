import type { GroupSettings } from '@tidelog/coordinator';
import type { Clock } from '@tidelog/platform';
import type { Partition } from '../partition/partition.ts';
import { SharedPartition, type ShareStateStore } from './shared-partition.ts';

export interface SharedPartitionsOptions {
  readonly store: ShareStateStore;
  readonly clock: Clock;
  readonly settingsOf: (groupId: string) => GroupSettings['share'];
}

/** The share partitions that are in use on this broker, by group, topic id and partition. */
export class SharedPartitions {
  readonly #options: SharedPartitionsOptions;
  readonly #groups = new Map<string, Map<string, SharedPartition>>();

  constructor(options: SharedPartitionsOptions) {
    this.#options = options;
  }

  find(groupId: string, topicId: string, index: number): SharedPartition | undefined {
    return this.#groups.get(groupId)?.get(`${topicId}:${index}`);
  }

  /** The share partition of a partition that this broker leads; loads its state when it is new. */
  open(groupId: string, partition: Partition): SharedPartition {
    const { topicId, index, leaderEpoch } = partition;
    const known = this.find(groupId, topicId, index);
    if (known?.leaderEpoch === leaderEpoch && known.partition === partition) return known;
    if (known !== undefined) this.#remove(known);
    const { store, clock, settingsOf } = this.#options;
    const opened = new SharedPartition({
      groupId,
      partition,
      store,
      clock,
      settings: () => settingsOf(groupId),
      onFenced: () => this.#remove(opened),
    });
    const group = this.#groups.get(groupId) ?? new Map<string, SharedPartition>();
    this.#groups.set(groupId, group.set(`${topicId}:${index}`, opened));
    return opened;
  }

  /** This broker no longer leads the partition, or leads it in another epoch. */
  resigned({ topicId, index }: Partition): void {
    for (const groupId of Array.from(this.#groups.keys())) {
      const shared = this.find(groupId, topicId, index);
      if (shared !== undefined) this.#remove(shared);
    }
  }

  /** Nobody on this broker is in the group any more. */
  dropGroup(groupId: string): void {
    for (const shared of Array.from(this.#groups.get(groupId)?.values() ?? []))
      this.#remove(shared);
  }

  close(): void {
    for (const groupId of Array.from(this.#groups.keys())) this.dropGroup(groupId);
  }

  #remove(shared: SharedPartition): void {
    const { groupId, partition } = shared;
    const group = this.#groups.get(groupId);
    const key = `${partition.topicId}:${partition.index}`;
    if (group?.get(key) !== shared) return;
    group.delete(key);
    if (group.size === 0) this.#groups.delete(groupId);
    shared.fence();
  }
}
