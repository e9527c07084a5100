import { invalidArgument } from '../client-error.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { PartitionMetadata, TopicMetadata } from '../cluster/metadata.ts';
import type { Accumulator } from './accumulator.ts';
import type { ProducerMessage } from './message.ts';
import { partitionForKey } from './murmur2.ts';
import type { ProducerSettings } from './producer-settings.ts';
import { type PartitionLoad, StickyPartitioner } from './sticky-partitioner.ts';

/** Chooses the partitions of records (KIP-794 where there is no key). */
export class PartitionChoice {
  readonly #cluster: Cluster;
  readonly #settings: ProducerSettings;
  readonly #accumulator: Accumulator;
  /** Since when the leader has had something to send that could not be sent; undefined where all is well. */
  readonly #stalledSince: (node: number) => number | undefined;

  constructor(options: {
    cluster: Cluster;
    settings: ProducerSettings;
    accumulator: Accumulator;
    stalledSince: (node: number) => number | undefined;
  }) {
    this.#cluster = options.cluster;
    this.#settings = options.settings;
    this.#accumulator = options.accumulator;
    this.#stalledSince = options.stalledSince;
  }

  sticky(): StickyPartitioner {
    const stickyBytes = Math.max(1, this.#settings.batchSizeBytes);
    return new StickyPartitioner(this.#cluster.platform.random, stickyBytes);
  }

  /** -1 where the record goes to the sticky partition. */
  of(message: ProducerMessage, metadata: TopicMetadata): number {
    const count = metadata.partitions.length;
    const { partitioner, partitionerIgnoreKeys } = this.#settings;
    const given = message.partition ?? partitioner?.(message, metadata);
    if (given === undefined) {
      const { key } = message;
      const isKeyed = key !== null && key !== undefined && !partitionerIgnoreKeys;
      return isKeyed ? partitionForKey(key, count) : -1;
    }
    if (Number.isInteger(given) && given >= 0 && given < count) return given;
    throw invalidArgument(
      `topic ${metadata.name} has no partition ${given}: it has ${count}, counted from 0`,
    );
  }

  /** What a sticky partition is drawn from: partitions with a leader, and those not whose leader is stalled. */
  load({ name, partitions, available }: TopicMetadata): PartitionLoad[] {
    const { partitionerAdaptive, partitionerAvailabilityTimeoutMs } = this.#settings;
    let candidates = available.length > 0 ? available : partitions.map((p) => p.partition);
    if (partitionerAdaptive && partitionerAvailabilityTimeoutMs > 0) {
      const well = candidates.filter((partition) => !this.#isStalled(partitions[partition]!));
      if (well.length > 0) candidates = well;
    }
    return candidates.map((partition) => ({
      partition,
      queuedBatches: partitionerAdaptive ? this.#accumulator.queuedBatches(name, partition) : 0,
    }));
  }

  #isStalled({ leader }: PartitionMetadata): boolean {
    const since = this.#stalledSince(leader);
    if (since === undefined) return false;
    const stalledMs = this.#cluster.platform.clock.monotonic() - since;
    return stalledMs > this.#settings.partitionerAvailabilityTimeoutMs;
  }
}
