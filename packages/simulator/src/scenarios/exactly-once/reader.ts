import {
  batchBaseOffset,
  batchIsControl,
  batchIsTransactional,
  batchLastOffset,
  batchProducerId,
  batchSizeBytes,
  errors,
  nextBatchSize,
  readControlRecordType,
  RecordCursor,
} from '@tidelog/protocol';
import type { Wire } from './wire.ts';

export interface ReadRecord {
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
}

/** How a reader goes about aborted records; not to leave them out is a bug that can be planted. */
export type AbortedRecords = 'left out' | 'kept';

const READ_COMMITTED = 1;
const FETCH_BYTES = 100_000;
const ABORT = 0;

/**
 * Reads a partition from `offset` on to its end, or `limit` records, as a consumer of committed records
 * does: up to the last stable offset, without the batches of aborted transactions. With `toTheEnd` it
 * waits until no transaction is open.
 */
export async function readCommitted(
  wire: Wire,
  { topic, partition }: { readonly topic: string; readonly partition: number },
  options: {
    readonly offset: number;
    readonly limit?: number;
    readonly toTheEnd?: boolean;
    readonly aborted?: AbortedRecords;
  },
): Promise<ReadRecord[]> {
  const { limit = Infinity, toTheEnd = false, aborted = 'left out' } = options;
  const records: ReadRecord[] = [];
  let { offset } = options;
  for (;;) {
    const answer = await fetchFrom(wire, topic, partition, offset);
    if (offset < answer.logStartOffset) {
      offset = answer.logStartOffset;
      continue;
    }
    const before = offset;
    const filter = aborted === 'kept' ? [] : answer.abortedTransactions;
    offset = collect(Buffer.concat(answer.records), { from: offset, aborted: filter }, records);
    if (records.length >= limit) return records.slice(0, limit);
    if (offset > before) continue;
    if (!toTheEnd || offset >= answer.highWatermark) return records;
    await wire.sleep(50);
  }
}

interface FetchAnswer {
  readonly logStartOffset: number;
  readonly highWatermark: number;
  readonly records: readonly Buffer[];
  readonly abortedTransactions: readonly { producerId: number; firstOffset: number }[];
}

async function fetchFrom(
  wire: Wire,
  topic: string,
  partition: number,
  fetchOffset: number,
): Promise<FetchAnswer> {
  const request = {
    maxWaitMs: 0,
    minBytes: 0,
    isolationLevel: READ_COMMITTED,
    topics: [{ topic, partitions: [{ partition, fetchOffset, partitionMaxBytes: FETCH_BYTES }] }],
    forgottenTopicsData: [],
  };
  const outOfRange = errors.OFFSET_OUT_OF_RANGE.code;
  const response = await wire.ask('Fetch', 12, request, ({ errorCode, responses }) => {
    const code = errorCode || responses[0]!.partitions[0]!.errorCode;
    return code === outOfRange ? errors.NONE.code : code;
  });
  const found = response.responses[0]!.partitions[0]!;
  const { highWatermark, logStartOffset, abortedTransactions } = found;
  const records = found.records === null ? [] : [found.records].flat();
  return {
    highWatermark,
    logStartOffset,
    records,
    abortedTransactions: abortedTransactions ?? [],
  };
}

/** Adds what is to be seen of the batches; gives the offset behind the last whole one. */
function collect(
  bytes: Buffer,
  options: { from: number; aborted: FetchAnswer['abortedTransactions'] },
  into: ReadRecord[],
): number {
  const pending = options.aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  const abortedNow = new Set<number>();
  const cursor = new RecordCursor();
  let next = options.from;
  for (let at = 0; nextBatchSize(bytes, at, bytes.length) > 0; at += batchSizeBytes(bytes, at)) {
    const producerId = batchProducerId(bytes, at);
    while (pending[0] !== undefined && pending[0].firstOffset <= batchLastOffset(bytes, at)) {
      abortedNow.add(pending.shift()!.producerId);
    }
    next = Math.max(next, batchLastOffset(bytes, at) + 1);
    const isAborted = batchIsTransactional(bytes, at) && abortedNow.has(producerId);
    if (isAborted && !batchIsControl(bytes, at)) continue;
    cursor.open(bytes, at);
    while (cursor.next()) {
      const { keyAt, keySize, valueAt, valueSize, buf, offset } = cursor;
      const key = keySize < 0 ? null : buf.subarray(keyAt, keyAt + keySize);
      if (batchIsControl(bytes, at)) {
        if (readControlRecordType(key) === ABORT) abortedNow.delete(producerId);
      } else if (offset >= options.from) {
        const value = valueSize < 0 ? null : buf.toString('utf8', valueAt, valueAt + valueSize);
        into.push({ offset, key: key === null ? null : key.toString(), value });
      }
    }
    if (batchBaseOffset(bytes, at) > next) throw new Error('batches out of order');
  }
  return next;
}
