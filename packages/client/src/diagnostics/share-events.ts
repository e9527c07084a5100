import type { Cluster } from '../cluster/cluster.ts';
import type { AcknowledgementOutcome } from '../share-consumer/share-settings.ts';
import type { TopicPartition } from '../topic-partition.ts';
import { acknowledgeChannel, consumeChannel } from './channels.ts';

/** A member of a share group has acquired records of one partition. */
export function tellAcquired(
  cluster: Cluster,
  groupId: string,
  { topic, partition }: TopicPartition,
  fetched: {
    readonly records: Buffer | null;
    readonly acquiredRecords: readonly { firstOffset: number; lastOffset: number }[];
  },
): void {
  if (!consumeChannel.hasSubscribers) return;
  const { acquiredRecords: ranges } = fetched;
  consumeChannel.publish({
    clientId: cluster.settings.clientId,
    groupId,
    topic,
    partition,
    offset: ranges[0]!.firstOffset,
    nextOffset: ranges.at(-1)!.lastOffset + 1,
    records: ranges.reduce((sum, range) => sum + range.lastOffset - range.firstOffset + 1, 0),
    sizeBytes: fetched.records?.length ?? 0,
    highWatermark: -1,
  });
}

/** A broker has answered acknowledgements of one partition, or never will. */
export function tellAcknowledged(
  cluster: Cluster,
  groupId: string,
  { topic, partition, offsets, error }: AcknowledgementOutcome,
): void {
  if (!acknowledgeChannel.hasSubscribers) return;
  const { clientId } = cluster.settings;
  const records = offsets.length;
  acknowledgeChannel.publish({ clientId, groupId, topic, partition, records, error });
}
