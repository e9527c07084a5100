import { readFileSync } from 'node:fs';
import { decodeProducerSnapshot } from '@tidelog/log';
import { readInt64 } from '@tidelog/protocol';
import type { Column } from '../terminal/output.ts';
import type { DumpRow } from './dump-row.ts';

const OFFSET_ENTRY_BYTES = 8;
const TIME_ENTRY_BYTES = 12;
const TRANSACTION_ENTRY_BYTES = 34;

/** `.index`: offsets and where their batches are. Files are allocated ahead: zeros end the entries. */
export function* dumpOffsetIndex(path: string, baseOffset: number): Generator<DumpRow> {
  const bytes = readFileSync(path);
  for (let at = 0; at + OFFSET_ENTRY_BYTES <= bytes.length; at += OFFSET_ENTRY_BYTES) {
    const relativeOffset = bytes.readInt32BE(at);
    const position = bytes.readInt32BE(at + 4);
    if (relativeOffset === 0 && at > 0) return;
    if (relativeOffset === 0 && position === 0 && bytes.length > OFFSET_ENTRY_BYTES) return;
    yield { type: 'index-entry', offset: baseOffset + relativeOffset, position };
  }
  yield* odd(bytes, OFFSET_ENTRY_BYTES);
}

/** `.timeindex`: the greatest timestamp up to an offset. */
export function* dumpTimeIndex(path: string, baseOffset: number): Generator<DumpRow> {
  const bytes = readFileSync(path);
  for (let at = 0; at + TIME_ENTRY_BYTES <= bytes.length; at += TIME_ENTRY_BYTES) {
    const timestamp = readInt64(bytes, at);
    const relativeOffset = bytes.readInt32BE(at + 8);
    if (timestamp === 0 && relativeOffset === 0) return;
    yield { type: 'time-index-entry', timestamp, offset: baseOffset + relativeOffset };
  }
  yield* odd(bytes, TIME_ENTRY_BYTES);
}

/** `.txnindex`: the aborted transactions whose marker is in the segment. */
export function* dumpTransactionIndex(path: string): Generator<DumpRow> {
  const bytes = readFileSync(path);
  for (let at = 0; at + TRANSACTION_ENTRY_BYTES <= bytes.length; at += TRANSACTION_ENTRY_BYTES) {
    yield {
      type: 'aborted-transaction',
      version: bytes.readInt16BE(at),
      producerId: readInt64(bytes, at + 2),
      firstOffset: readInt64(bytes, at + 10),
      lastOffset: readInt64(bytes, at + 18),
      lastStableOffset: readInt64(bytes, at + 26),
    };
  }
  yield* odd(bytes, TRANSACTION_ENTRY_BYTES);
}

function* odd(bytes: Buffer, entryBytes: number): Generator<DumpRow> {
  const rest = bytes.length % entryBytes;
  if (rest === 0) return;
  const problem = `${rest} bytes behind the last entry`;
  yield { type: 'problem', position: bytes.length - rest, problem };
}

/** `.snapshot`: the producers as they were at an offset. */
export function* dumpProducerSnapshot(path: string): Generator<DumpRow> {
  const producers = decodeProducerSnapshot(readFileSync(path));
  if (producers === null) {
    yield {
      type: 'problem',
      position: 0,
      problem: 'the snapshot is damaged, or of another version',
    };
    return;
  }
  for (const producer of producers) {
    yield {
      type: 'producer',
      producerId: producer.producerId,
      producerEpoch: producer.epoch,
      lastSequence: producer.lastSequence,
      lastOffset: producer.lastDataOffset,
      lastTimestamp: producer.lastTimestamp,
      coordinatorEpoch: producer.coordinatorEpoch,
      currentTransactionFirstOffset:
        producer.currentTxnFirstOffset < 0 ? null : producer.currentTxnFirstOffset,
    };
  }
}

const problem: Column<DumpRow> = ['PROBLEM', (row) => (row.problem as string) ?? null, 'wide'];

export const offsetIndexColumns: readonly Column<DumpRow>[] = [
  ['OFFSET', ({ offset }) => offset as number],
  ['POSITION', ({ position }) => position as number],
  problem,
];

export const timeIndexColumns: readonly Column<DumpRow>[] = [
  ['TIMESTAMP', ({ timestamp }) => timestamp as number],
  ['OFFSET', ({ offset }) => offset as number],
  problem,
];

export const transactionIndexColumns: readonly Column<DumpRow>[] = [
  ['PRODUCER', ({ producerId }) => producerId as number],
  ['FIRST-OFFSET', ({ firstOffset }) => firstOffset as number],
  ['LAST-OFFSET', ({ lastOffset }) => lastOffset as number],
  ['LAST-STABLE-OFFSET', ({ lastStableOffset }) => lastStableOffset as number],
  problem,
];

export const producerColumns: readonly Column<DumpRow>[] = [
  ['PRODUCER', ({ producerId }) => producerId as number],
  ['EPOCH', ({ producerEpoch }) => producerEpoch as number],
  ['LAST-SEQUENCE', ({ lastSequence }) => lastSequence as number],
  ['LAST-OFFSET', ({ lastOffset }) => lastOffset as number],
  ['LAST-TIMESTAMP', ({ lastTimestamp }) => lastTimestamp as number],
  ['COORDINATOR-EPOCH', ({ coordinatorEpoch }) => coordinatorEpoch as number],
  ['TXN-FIRST-OFFSET', (row) => row.currentTransactionFirstOffset as number | null],
  problem,
];
