import type { CodecName, NewRecordHeader, RecordBytes } from '@tidelog/protocol';

/** Headers in their order, where a key may come twice, or simply as an object. */
export type HeadersInput =
  | readonly NewRecordHeader[]
  | Readonly<Record<string, Uint8Array | string | null>>;

export interface ProducerMessage {
  readonly topic: string;
  readonly key?: RecordBytes | undefined;
  /** Null is a tombstone in a compacted topic. */
  readonly value: RecordBytes;
  readonly partition?: number | undefined;
  readonly headers?: HeadersInput | undefined;
  /** Milliseconds since 1970; the time of `send` when left out. */
  readonly timestamp?: number | undefined;
}

export interface SendAllOptions {
  /** Of the batches that these records go into, in place of the producer's. */
  readonly compression?: CodecName | undefined;
}

/** Where a record is. */
export interface SentRecord {
  readonly topic: string;
  readonly partition: number;
  /** -1 where the broker did not tell (acks 0). */
  readonly offset: number;
  /** The record's own, or the broker's where the topic asks for `LogAppendTime`. */
  readonly timestamp: number;
}

const NO_HEADERS: readonly NewRecordHeader[] = [];

export function headerList(headers: HeadersInput | undefined): readonly NewRecordHeader[] {
  if (headers === undefined) return NO_HEADERS;
  if (Array.isArray(headers)) return headers as readonly NewRecordHeader[];
  const named = headers as Readonly<Record<string, Uint8Array | string | null>>;
  const list: NewRecordHeader[] = [];
  for (const key of Object.keys(named)) list.push({ key, value: named[key]! });
  return list;
}
