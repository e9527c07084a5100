import { BatchBuilder, batchIsControl, RecordCursor } from '@tidelog/protocol';
import { decodeRecord, encodeRecord } from '../records/codec.ts';
import type { MetadataRecord } from '../records/metadata-record.ts';

/** Well below what a batch may take, so that one record more never matters. */
const TARGET_BYTES = 4 << 20;

export interface BatchOptions {
  readonly metadataVersion: number;
  readonly timestampMs: number;
  /** A batch that holds more is full. */
  readonly targetBytes?: number;
}

/** Encodes records into batches; one batch, which is appended whole or not at all, unless it is huge. */
export function* encodeBatches(
  records: Iterable<MetadataRecord>,
  { metadataVersion, timestampMs, targetBytes = TARGET_BYTES }: BatchOptions,
): Generator<Buffer> {
  const builder = new BatchBuilder();
  for (const record of records) {
    if (builder.sizeBytes > targetBytes) {
      yield builder.finish();
      builder.reset();
    }
    builder.append(timestampMs, null, encodeRecord(record, metadataVersion));
  }
  if (builder.recordCount > 0) yield builder.finish();
}

/** The metadata records of a batch; none in a control batch. Throws for what cannot be read. */
export function decodeBatch(buffer: Buffer, at: number): MetadataRecord[] {
  if (batchIsControl(buffer, at)) return [];
  const cursor = new RecordCursor();
  cursor.open(buffer, at);
  const records: MetadataRecord[] = [];
  while (cursor.next()) records.push(decodeRecord(cursor.value ?? Buffer.alloc(0)));
  if (cursor.problem !== undefined) throw new Error(`metadata log: ${cursor.problem}`);
  return records;
}
