export interface RecordHeader {
  readonly key: string;
  readonly value: Buffer | null;
}

/** A record as it is read. Keys and values are slices of what was read, not copies. */
export interface BatchRecord {
  readonly offset: number;
  /** Milliseconds since 1970; -1 where the producer gave none. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  /** Null is a tombstone in a compacted topic. */
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}

/** What may be written as a key or a value; a string goes out as UTF-8. */
export type RecordBytes = Uint8Array | string | null;

export interface NewRecordHeader {
  readonly key: string;
  readonly value: RecordBytes;
}
