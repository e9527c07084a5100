import { BatchBuilder } from './batch-builder.ts';
import {
  batchBaseOffset,
  batchBaseSequence,
  batchIsTransactional,
  batchLeaderEpoch,
  batchProducerEpoch,
  batchProducerId,
} from './batch-header.ts';
import { RecordCursor } from './record-cursor.ts';

export interface RecompressOptions {
  /** That of the topic's `compression.type`. */
  readonly codec: number;
  readonly level?: number;
  /** Stamps the batch, where the topic has `message.timestamp.type=LogAppendTime`. */
  readonly logAppendTimeMs?: number;
  readonly maxDecompressedBytes?: number;
}

/**
 * The same records from the same producer in another codec, at consecutive offsets from the same base:
 * for topics with a `compression.type` of their own, and for batches whose offset deltas have gaps.
 * Undefined where the records cannot be read.
 */
export function recompressBatch(
  buf: Buffer,
  at: number,
  options: RecompressOptions,
): Buffer | undefined {
  const cursor = new RecordCursor();
  cursor.open(buf, at, options.maxDecompressedBytes);
  const builder = new BatchBuilder(cursor.buf.length);
  while (cursor.next()) builder.appendFrom(cursor);
  if (cursor.problem !== undefined || builder.recordCount === 0) return undefined;
  return builder.finish({
    codec: options.codec,
    level: options.level,
    ...(options.logAppendTimeMs !== undefined && { logAppendTimeMs: options.logAppendTimeMs }),
    baseOffset: batchBaseOffset(buf, at),
    leaderEpoch: batchLeaderEpoch(buf, at),
    producerId: batchProducerId(buf, at),
    producerEpoch: batchProducerEpoch(buf, at),
    baseSequence: batchBaseSequence(buf, at),
    transactional: batchIsTransactional(buf, at),
  });
}
