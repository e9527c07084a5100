import type { LogConfig } from '../config.ts';
import type { AbortedTransactionEntry } from '../index/transaction-index.ts';
import type { SegmentSizes } from '../segment/segment.ts';

/** Everything that one cleaning of one log has to know; plain data, because it may go to another thread. */
export interface CleaningJob {
  readonly directory: string;
  /** The log's segments that may be cleaned, from its first one on. */
  readonly segments: readonly JobSegment[];
  /** Records below are the last of their key among those below. */
  readonly firstDirtyOffset: number;
  /** Where the segments end. */
  readonly firstUncleanableOffset: number;
  /** The aborted transactions that touch the segments. */
  readonly abortedTransactions: readonly AbortedTransactionEntry[];
  /** The producers of the log that are not expired. */
  readonly producers: readonly JobProducer[];
  readonly config: Pick<
    LogConfig,
    'segmentBytes' | 'segmentIndexBytes' | 'indexIntervalBytes' | 'deleteRetentionMs'
  >;
  readonly now: number;
  readonly offsetMap: { readonly memoryBytes: number; readonly loadFactor: number };
  /** 16 random bytes, for the hash of the keys. */
  readonly secret: Uint8Array;
  readonly readBufferBytes: number;
  /** For reads and writes together (`log.cleaner.io.max.bytes.per.second`). */
  readonly maxBytesPerSecond: number;
}

export interface JobSegment {
  readonly baseOffset: number;
  readonly sizeBytes: number;
  readonly offsetIndexBytes: number;
  readonly timeIndexBytes: number;
}

/** What is known of a producer's newest batch: it stays, if only as an empty one (KIP-98). */
export interface JobProducer {
  readonly producerId: number;
  readonly epoch: number;
  /** -1 where only a marker is known. */
  readonly lastDataOffset: number;
}

/** Neighbouring segments, and the new one that may stand for them. */
export interface CleanedGroup {
  /** Base offsets; the new segment has the first one. */
  readonly sources: readonly number[];
  /** Of the new segment's `.cleaned` files, which are durable. */
  readonly sizes: SegmentSizes;
}

/** How a cleaning gets on. */
export type CleaningReport =
  | { readonly kind: 'cleaned'; readonly groups: readonly CleanedGroup[] }
  | { readonly kind: 'done'; readonly endOffset: number; readonly stats: CleaningStats };

export interface CleaningStats {
  /** Read to find the keys. */
  mapBytesRead: number;
  mapRecordsRead: number;
  bytesRead: number;
  recordsRead: number;
  bytesWritten: number;
  recordsWritten: number;
  /** Records without a key, which are dropped. */
  invalidRecords: number;
  /** How full the key memory was, 0 to 1. */
  bufferUtilization: number;
  elapsedMs: number;
}

export function newCleaningStats(): CleaningStats {
  return {
    mapBytesRead: 0,
    mapRecordsRead: 0,
    bytesRead: 0,
    recordsRead: 0,
    bytesWritten: 0,
    recordsWritten: 0,
    invalidRecords: 0,
    bufferUtilization: 0,
    elapsedMs: 0,
  };
}
