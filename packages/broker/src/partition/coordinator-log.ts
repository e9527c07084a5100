import type { CoordinatorLog } from '@tidelog/coordinator';
import { isFailure, type Verified } from '@tidelog/log';
import { batchLastOffset, errors, type KafkaError, nextBatchSize } from '@tidelog/protocol';
import type { Partition } from './partition.ts';

const LOAD_STEP_BYTES = 1 << 20;

/**
 * A partition as the log of a coordinator, for the leader epoch in which it was made: a later leader
 * has a coordinator of its own, and this one must not write any more.
 */
export function coordinatorLog(partition: Partition, commitTimeoutMs: number): CoordinatorLog {
  const epoch = partition.leaderEpoch;
  const isCurrent = () => partition.isLeader && partition.leaderEpoch === epoch;
  return {
    maxBatchSizeBytes: partition.log.config.maxMessageBytes,
    logEndOffset: () => partition.log.logEndOffset,
    append(batch, transaction) {
      if (!isCurrent()) return errors.NOT_LEADER_OR_FOLLOWER;
      const verified = transaction?.verified as Verified;
      const result = partition.append(batch, {
        origin: 'coordinator',
        ...(verified !== undefined && { verified }),
      });
      return isFailure(result) ? result.error : { lastOffset: result.lastOffset };
    },
    checkTransaction({ producerId, producerEpoch, verified }) {
      const refused = partition.log.transactions.check(
        producerId,
        producerEpoch,
        verified as Verified,
      );
      return refused?.error ?? null;
    },
    appendMarker(end) {
      if (!isCurrent()) return errors.NOT_LEADER_OR_FOLLOWER;
      const result = partition.appendMarker(end);
      return isFailure(result) ? result.error : { lastOffset: result.lastOffset };
    },
    replicated(offset): Promise<KafkaError | null> {
      if (!isCurrent()) return Promise.resolve(errors.NOT_LEADER_OR_FOLLOWER);
      return partition.replicated(offset, commitTimeoutMs);
    },
    *load() {
      const end = partition.log.logEndOffset;
      let offset = partition.log.logStartOffset;
      while (offset < end) {
        const read = partition.log.read(offset, {
          maxBytes: LOAD_STEP_BYTES,
          maxOffset: end,
          minOneMessage: true,
        });
        if (isFailure(read))
          throw new Error(`${partition.log.name} cannot be loaded: ${read.message}`);
        if (read.sizeBytes === 0) return;
        const bytes = Buffer.concat(read.records);
        const { sizeBytes, lastOffset } = wholeBatches(bytes);
        if (sizeBytes === 0)
          throw new Error(`${partition.log.name} has no whole batch at offset ${offset}`);
        offset = lastOffset + 1;
        yield bytes.subarray(0, sizeBytes);
      }
    },
  };
}

/** How far the bytes hold whole batches: a read is cut by size. */
function wholeBatches(bytes: Buffer): { sizeBytes: number; lastOffset: number } {
  let at = 0;
  let lastOffset = -1;
  for (;;) {
    const size = nextBatchSize(bytes, at, bytes.length);
    if (size <= 0) return { sizeBytes: at, lastOffset };
    lastOffset = batchLastOffset(bytes, at);
    at += size;
  }
}
