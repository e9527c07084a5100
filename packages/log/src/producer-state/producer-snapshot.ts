import { crc32c, readInt64, writeInt64 } from '@tidelog/protocol';
import { NO_OFFSET, ProducerEntry } from './producer-entry.ts';

/**
 * `<offset>.snapshot`: the producers as they were when the log ended at that offset. Version (int16),
 * CRC32C of what follows (uint32), entries. Of each producer's batches only the newest is kept.
 */
const VERSION = 1;
const CRC_AT = 2;
const COUNT_AT = 6;
const ENTRIES_AT = 10;
const ENTRY_BYTES = 46;

export function encodeProducerSnapshot(producers: readonly ProducerEntry[]): Buffer {
  const bytes = Buffer.alloc(ENTRIES_AT + producers.length * ENTRY_BYTES);
  bytes.writeInt16BE(VERSION, 0);
  bytes.writeInt32BE(producers.length, COUNT_AT);
  let at = ENTRIES_AT;
  for (const producer of producers) {
    writeEntry(bytes, at, producer);
    at += ENTRY_BYTES;
  }
  bytes.writeUInt32BE(crc32c(bytes, COUNT_AT), CRC_AT);
  return bytes;
}

/** Null when the snapshot is damaged or of a version that is not known. */
export function decodeProducerSnapshot(bytes: Buffer): ProducerEntry[] | null {
  if (bytes.length < ENTRIES_AT || bytes.readInt16BE(0) !== VERSION) return null;
  if (bytes.readUInt32BE(CRC_AT) !== crc32c(bytes, COUNT_AT)) return null;
  const count = bytes.readInt32BE(COUNT_AT);
  if (bytes.length !== ENTRIES_AT + count * ENTRY_BYTES) return null;
  return Array.from({ length: count }, (_, index) =>
    readEntry(bytes, ENTRIES_AT + index * ENTRY_BYTES),
  );
}

function writeEntry(bytes: Buffer, at: number, producer: ProducerEntry): void {
  writeInt64(bytes, at, producer.producerId);
  bytes.writeInt16BE(producer.epoch, at + 8);
  bytes.writeInt32BE(producer.lastSequence, at + 10);
  writeInt64(bytes, at + 14, producer.lastDataOffset);
  bytes.writeInt32BE(producer.lastOffsetDelta, at + 22);
  writeInt64(bytes, at + 26, producer.lastTimestamp);
  bytes.writeInt32BE(producer.coordinatorEpoch, at + 34);
  writeInt64(bytes, at + 38, producer.currentTxnFirstOffset);
}

function readEntry(bytes: Buffer, at: number): ProducerEntry {
  const producer = new ProducerEntry(readInt64(bytes, at));
  const lastOffset = readInt64(bytes, at + 14);
  producer.epoch = bytes.readInt16BE(at + 8);
  producer.lastTimestamp = readInt64(bytes, at + 26);
  producer.coordinatorEpoch = bytes.readInt32BE(at + 34);
  producer.currentTxnFirstOffset = Math.max(NO_OFFSET, readInt64(bytes, at + 38));
  if (lastOffset >= 0) {
    producer.batches.push({
      lastSequence: bytes.readInt32BE(at + 10),
      lastOffset,
      offsetDelta: bytes.readInt32BE(at + 22),
      timestamp: producer.lastTimestamp,
    });
    producer.lacksOlder = true;
  }
  return producer;
}
