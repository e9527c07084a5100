import {
  BATCH_HEADER_SIZE,
  batchBaseOffset,
  batchBaseSequence,
  batchCodec,
  batchCrc,
  batchCrcIsValid,
  batchDeleteHorizonMs,
  batchHasDeleteHorizon,
  batchIsControl,
  batchIsLogAppendTime,
  batchIsTransactional,
  batchLastOffset,
  batchLeaderEpoch,
  batchMagic,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  codecName,
  MAGIC_V2,
  RecordCursor,
} from '@tidelog/protocol';
import { jsonBytes } from '../records/json-line.ts';
import type { Column } from '../terminal/output.ts';
import { decodeAt, decodeControlAt, type DecodedRecord, type Decoding } from './decode-records.ts';
import type { DumpRow } from './dump-row.ts';
import { readBatches } from './read-batches.ts';

export interface SegmentDump {
  readonly decoding: Decoding;
  /** Also each record. */
  readonly isDeep: boolean;
}

/** The batches of a file in their order, each with its records where they are asked for. */
export function* dumpSegment(path: string, { decoding, isDeep }: SegmentDump): Generator<DumpRow> {
  const cursor = new RecordCursor();
  for (const found of readBatches(path)) {
    const { position } = found;
    if ('problem' in found) {
      yield { type: 'problem', position, problem: found.problem };
      continue;
    }
    const { bytes } = found;
    if (batchMagic(bytes, 0) !== MAGIC_V2) {
      yield {
        type: 'problem',
        position,
        problem: `a message set of magic ${batchMagic(bytes, 0)}`,
      };
      continue;
    }
    const isValid = batchCrcIsValid(bytes, 0);
    yield batchRow(position, bytes, isValid);
    if (!isValid) yield { type: 'problem', position, problem: 'the checksum does not match' };
    else if (isDeep) yield* recordRows(cursor, { position, bytes }, decoding);
  }
}

function batchRow(position: number, bytes: Buffer, isValid: boolean): DumpRow {
  const codec = batchCodec(bytes, 0);
  return {
    type: 'batch',
    position,
    sizeBytes: bytes.length,
    baseOffset: batchBaseOffset(bytes, 0),
    lastOffset: batchLastOffset(bytes, 0),
    count: batchRecordCount(bytes, 0),
    maxTimestamp: batchMaxTimestamp(bytes, 0),
    timestampType: batchIsLogAppendTime(bytes, 0) ? 'LogAppendTime' : 'CreateTime',
    codec: codecName(codec) ?? `codec ${codec}`,
    leaderEpoch: batchLeaderEpoch(bytes, 0),
    producerId: batchProducerId(bytes, 0),
    producerEpoch: batchProducerEpoch(bytes, 0),
    baseSequence: batchBaseSequence(bytes, 0),
    isTransactional: batchIsTransactional(bytes, 0),
    isControl: batchIsControl(bytes, 0),
    deleteHorizonMs: batchHasDeleteHorizon(bytes, 0) ? batchDeleteHorizonMs(bytes, 0) : null,
    crc: batchCrc(bytes, 0),
    isValid,
  };
}

function* recordRows(
  cursor: RecordCursor,
  { position, bytes }: { position: number; bytes: Buffer },
  decoding: Decoding,
): Generator<DumpRow> {
  const isControl = batchIsControl(bytes, 0);
  if (bytes.length >= BATCH_HEADER_SIZE && cursor.open(bytes, 0)) {
    for (let index = 0; cursor.next(); index++) {
      const decoded: DecodedRecord = isControl
        ? decodeControlAt(cursor, bytes, index)
        : decodeAt(cursor, decoding);
      yield {
        type: 'record',
        offset: cursor.offset,
        timestamp: cursor.timestamp,
        ...decoded,
        headers: cursor.headers.map(({ key, value }) => ({ key, value: jsonBytes(value) })),
      };
    }
  }
  if (cursor.problem !== undefined) yield { type: 'problem', position, problem: cursor.problem };
}

export const segmentColumns: readonly Column<DumpRow>[] = [
  ['POSITION', ({ position }) => position as number],
  ['BYTES', ({ sizeBytes }) => sizeBytes as number],
  ['OFFSETS', (row) => offsetsOf(row)],
  ['COUNT', ({ count }) => count as number],
  ['TIMESTAMP', (row) => (row.maxTimestamp ?? row.timestamp) as number],
  ['EPOCH', ({ leaderEpoch }) => leaderEpoch as number],
  ['PRODUCER', (row) => producerOf(row)],
  ['CODEC', ({ codec }) => codec as string],
  ['CRC', ({ crc }) => (crc === undefined ? null : (crc as number).toString(16)), 'wide'],
  ['WHAT', (row) => whatOf(row)],
];

function offsetsOf({ type, baseOffset, lastOffset, offset }: DumpRow): string | null {
  if (type === 'record') return String(offset);
  if (type === 'problem') return null;
  return baseOffset === lastOffset
    ? String(baseOffset)
    : `${baseOffset as number}-${lastOffset as number}`;
}

function producerOf({ producerId, producerEpoch, baseSequence }: DumpRow): string | null {
  if (producerId === undefined || (producerId as number) < 0) return null;
  return `${producerId as number}/${producerEpoch as number}#${baseSequence as number}`;
}

/** A table is for eyes: data that is longer than a line belongs to the other formats. */
const LONGEST_CELL = 160;

function whatOf(row: DumpRow): string {
  switch (row.type) {
    case 'problem':
      return `! ${row.problem as string}`;
    case 'record': {
      const { kind, key, value } = row;
      const parts = [kind as string | null, key === null ? null : written(key), written(value)];
      const text = parts.filter((part) => part !== null).join(' ');
      return text.length > LONGEST_CELL ? `${text.slice(0, LONGEST_CELL)}...` : text;
    }
    default: {
      const flags = [row.isTransactional && 'transactional', row.isControl && 'control'];
      return flags.filter((flag) => flag !== false).join(' ');
    }
  }
}

function written(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
