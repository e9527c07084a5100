import { CorruptRecordsError } from '../consumer/corrupt-records-error.ts';
import { FetchedRecords } from '../consumer/fetched-records.ts';
import type { AnyTopic } from '../serde/topic.ts';
import type { SharePartition } from './machines/acknowledgements.ts';
import { ShareMessage, type UnreadableRecords } from './share-message.ts';

/** Offsets that a member has acquired, and how often they were delivered. */
export interface AcquiredRange {
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly deliveryCount: number;
}

export interface AcquiredRecords {
  /** Messages and damaged batches, in the order of their offsets. */
  readonly records: (ShareMessage | UnreadableRecords)[];
  /** Offsets at which there is nothing. */
  readonly gaps: readonly number[];
}

/** More offsets than a broker lets a group have in flight: an answer that says so lies. */
const MAX_ACQUIRED = 1_000_000;

/**
 * Cuts the messages of the acquired ranges out. A fetch brings whole batches, in which others may hold
 * records too.
 */
export function readAcquired(
  partition: SharePartition,
  answer: { readonly records: Buffer | null; readonly acquiredRecords: readonly AcquiredRange[] },
  { maxDecompressedBytes, decoder }: { maxDecompressedBytes: number; decoder: AnyTopic | null },
): AcquiredRecords {
  const { acquiredRecords: ranges } = answer;
  if (ranges.length === 0) return { records: [], gaps: [] };
  const counts = new Map<number, number>();
  for (const { firstOffset, lastOffset, deliveryCount } of ranges) {
    const size = Math.min(lastOffset - firstOffset + 1, MAX_ACQUIRED - counts.size);
    for (let i = 0; i < size; i++) counts.set(firstOffset + i, deliveryCount);
  }
  const startOffset = Math.min(...ranges.map(({ firstOffset }) => firstOffset));
  const { topic, partition: number } = partition;
  const options = {
    startOffset,
    maxDecompressedBytes,
    checkCrcs: true,
    // Records of aborted transactions are not acquired.
    abortedTransactions: null,
    decoder,
  };
  const fetched = new FetchedRecords(
    { topic, partition: number },
    answer.records ?? Buffer.alloc(0),
    options,
  );
  const records: (ShareMessage | UnreadableRecords)[] = [];
  const unreadable = (error: CorruptRecordsError, to: number): void => {
    const offsets = [...counts.keys()].filter((offset) => offset >= error.offset && offset < to);
    const [first] = offsets;
    if (first === undefined) return; // others have them, and hear of it
    records.push({ error, offsets, deliveryCount: counts.get(first)! });
    for (const offset of offsets) counts.delete(offset);
  };
  for (;;) {
    try {
      const message = fetched.next();
      if (message === null) break;
      const deliveryCount = counts.get(message.offset);
      if (deliveryCount === undefined) continue; // another member has it
      counts.delete(message.offset);
      records.push(new ShareMessage(message, deliveryCount));
    } catch (error) {
      if (!(error instanceof CorruptRecordsError)) throw error;
      error.skip();
      unreadable(error, fetched.nextOffset);
    }
  }
  return { records, gaps: [...counts.keys()] };
}
