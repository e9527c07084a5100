import { batchRecordCount, nextBatchSize } from '@tidelog/protocol';
import type { Cluster } from '../cluster/cluster.ts';
import type { ProducerBatch } from '../producer/producer-batch.ts';
import type { TopicPartition } from '../topic-partition.ts';
import { consumeChannel, produceChannel, rebalanceChannel } from './channels.ts';

/** A batch has its outcome; it is told before it lets go of its bytes. */
export function tellProduced(
  cluster: Cluster,
  batch: ProducerBatch,
  offset: number,
  error: Error | null,
): void {
  if (!produceChannel.hasSubscribers) return;
  const { queue, recordCount, sizeBytes, createdAt, attempts } = batch;
  produceChannel.publish({
    clientId: cluster.settings.clientId,
    topic: queue.topic,
    partition: queue.partition,
    records: recordCount,
    sizeBytes,
    offset,
    durationMs: cluster.platform.clock.monotonic() - createdAt,
    attempts,
    error,
  });
}

/** A fetch has brought records. */
export function tellConsumed(
  cluster: Cluster,
  groupId: string | null,
  fetched: TopicPartition & {
    readonly offset: number;
    readonly nextOffset: number;
    readonly highWatermark: number;
    readonly batches: Buffer;
  },
): void {
  const { batches, ...event } = fetched;
  let records = 0;
  let at = 0;
  for (let size = 1; size > 0; at += Math.max(0, size)) {
    size = nextBatchSize(batches, at, batches.length);
    if (size > 0) records += batchRecordCount(batches, at);
  }
  const { clientId } = cluster.settings;
  consumeChannel.publish({ clientId, groupId, ...event, records, sizeBytes: at });
}

/** What a member of a group reads has changed. */
export function tellRebalanced(
  cluster: Cluster,
  groupId: string,
  change: 'assigned' | 'revoked' | 'lost',
  partitions: readonly TopicPartition[],
): void {
  const { clientId, logger } = cluster.settings;
  logger.debug(`group ${groupId}: ${partitions.length} partitions ${change}`);
  if (!rebalanceChannel.hasSubscribers) return;
  rebalanceChannel.publish({ clientId, groupId, change, partitions });
}
