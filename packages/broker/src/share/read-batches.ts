import type { OffsetRange } from '@tidelog/coordinator';
import {
  BATCH_HEADER_SIZE,
  batchBaseOffset,
  batchIsControl,
  batchIsTransactional,
  batchLastOffset,
  batchProducerId,
  batchSizeBytes,
} from '@tidelog/protocol';

interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

/** A whole batch of the log, and where it lies in what was read. */
export interface ReadBatch extends OffsetRange {
  readonly position: number;
  readonly sizeBytes: number;
  readonly producerId: number;
  readonly transactional: boolean;
  readonly control: boolean;
}

/** The whole batches that were read; `records` may cut them anywhere, and cut the last one off. */
export function readBatches(records: readonly Buffer[]): ReadBatch[] {
  const batches: ReadBatch[] = [];
  let start = 0;
  let index = 0;
  const end = records.reduce((sum, { length }) => sum + length, 0);
  for (let position = 0; position + BATCH_HEADER_SIZE <= end; ) {
    while (position >= start + records[index]!.length) start += records[index++]!.length;
    const { header, at } = headerAt(records, index, position - start);
    const sizeBytes = batchSizeBytes(header, at);
    if (sizeBytes < BATCH_HEADER_SIZE || position + sizeBytes > end) break;
    batches.push({
      firstOffset: batchBaseOffset(header, at),
      lastOffset: batchLastOffset(header, at),
      position,
      sizeBytes,
      producerId: batchProducerId(header, at),
      transactional: batchIsTransactional(header, at),
      control: batchIsControl(header, at),
    });
    position += sizeBytes;
  }
  return batches;
}

/** The header at a position of one buffer, put together where it goes on in the next. */
function headerAt(
  records: readonly Buffer[],
  index: number,
  at: number,
): { header: Buffer; at: number } {
  const buffer = records[index]!;
  if (at + BATCH_HEADER_SIZE <= buffer.length) return { header: buffer, at };
  const parts = [buffer.subarray(at)];
  for (let next = index + 1, size = buffer.length - at; size < BATCH_HEADER_SIZE; next++) {
    parts.push(records[next]!);
    size += records[next]!.length;
  }
  return { header: Buffer.concat(parts.map((part) => part.subarray(0, BATCH_HEADER_SIZE))), at: 0 };
}

/** The batches that hold records of aborted transactions. */
export function abortedBatches(
  batches: readonly ReadBatch[],
  transactions: readonly AbortedTransaction[],
): OffsetRange[] {
  if (transactions.length === 0) return [];
  const waiting = transactions.toSorted((a, b) => a.firstOffset - b.firstOffset);
  const aborting = new Set<number>();
  let begun = 0;
  return batches.filter(({ lastOffset, producerId, transactional, control }) => {
    while (begun < waiting.length && waiting[begun]!.firstOffset <= lastOffset) {
      aborting.add(waiting[begun++]!.producerId);
    }
    if (!transactional || !aborting.has(producerId)) return false;
    // The marker ends the transaction; the producer's next one may be committed.
    if (control) aborting.delete(producerId);
    return !control;
  });
}

/** The bytes of the batches from the one that holds `first` to the one that holds `last`. */
export function sliceBatches(
  records: readonly Buffer[],
  batches: readonly ReadBatch[],
  { firstOffset, lastOffset }: OffsetRange,
): Buffer[] {
  const held = batches.filter(
    (batch) => batch.lastOffset >= firstOffset && batch.firstOffset <= lastOffset,
  );
  const last = held.at(-1);
  if (last === undefined) return [];
  const from = held[0]!.position;
  const to = last.position + last.sizeBytes;
  const slices: Buffer[] = [];
  let start = 0;
  for (const buffer of records) {
    const slice = buffer.subarray(Math.max(0, from - start), Math.max(0, to - start));
    if (slice.length > 0) slices.push(slice);
    start += buffer.length;
  }
  return slices;
}
