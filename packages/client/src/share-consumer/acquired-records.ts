import { CorruptRecordsError } from '../consumer/corrupt-records-error.ts';
import { FetchedRecords } from '../consumer/fetched-records.ts';
import type { SharePartition, WireAcknowledgeType } from './machines/acknowledgements.ts';
import { ShareMessage } from './share-message.ts';

/** Offsets that a member has acquired, and how often they were delivered. */
export interface AcquiredRange {
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly deliveryCount: number;
}

export interface AcquiredRecords {
  readonly messages: ShareMessage[];
  /** Offsets without a message: gaps, and what cannot be read. */
  readonly others: ReadonlyMap<number, WireAcknowledgeType>;
  /** The first batch that cannot be read. */
  readonly problem: CorruptRecordsError | null;
}

/** More offsets than a broker lets a group have in flight: an answer that says so lies. */
const MAX_ACQUIRED = 1_000_000;

/**
 * Reads the messages of the acquired ranges. A fetch brings whole batches, in which others may hold
 * records too. What cannot be read is rejected: nobody else could read it either.
 */
export function readAcquired(
  partition: SharePartition,
  answer: { readonly records: Buffer | null; readonly acquiredRecords: readonly AcquiredRange[] },
  maxDecompressedBytes: number,
): AcquiredRecords {
  const { records, acquiredRecords: ranges } = answer;
  if (ranges.length === 0) return { messages: [], others: new Map(), problem: null };
  const counts = new Map<number, number>();
  for (const { firstOffset, lastOffset, deliveryCount } of ranges) {
    for (let offset = firstOffset; offset <= lastOffset; offset++) {
      if (counts.size >= MAX_ACQUIRED) break;
      counts.set(offset, deliveryCount);
    }
  }
  const startOffset = Math.min(...ranges.map(({ firstOffset }) => firstOffset));
  const { topic, partition: number } = partition;
  const options = {
    startOffset,
    maxDecompressedBytes,
    checkCrcs: true,
    // Records of aborted transactions are not acquired.
    abortedTransactions: null,
    decoder: null,
  };
  const fetched = new FetchedRecords(
    { topic, partition: number },
    records ?? Buffer.alloc(0),
    options,
  );
  const messages: ShareMessage[] = [];
  const others = new Map<number, WireAcknowledgeType>();
  let problem: CorruptRecordsError | null = null;
  const reject = (from: number, to: number): void => {
    for (const offset of counts.keys()) {
      if (offset < from || offset >= to) continue;
      others.set(offset, 'reject');
      counts.delete(offset);
    }
  };
  for (;;) {
    try {
      const message = fetched.next();
      if (message === null) break;
      const deliveryCount = counts.get(message.offset);
      if (deliveryCount === undefined) continue; // another member has it
      counts.delete(message.offset);
      messages.push(new ShareMessage(message, deliveryCount));
    } catch (error) {
      if (!(error instanceof CorruptRecordsError)) throw error;
      problem ??= error;
      error.skip();
      reject(error.offset, fetched.nextOffset);
    }
  }
  for (const offset of counts.keys()) others.set(offset, 'gap');
  return { messages, others, problem };
}
