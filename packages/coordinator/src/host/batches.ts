import {
  BatchBuilder,
  batchIsControl,
  batchIsTransactional,
  batchProducerId,
  batchSizeBytes,
  controlRecordTypes,
  readControlRecordType,
  RecordCursor,
} from '@tidelog/protocol';
import type { Transaction } from './coordinator-log.ts';
import type { EventCodec, Machine } from './machine.ts';

const NO_PRODUCER = -1;
/** What a record's offset delta may take more than that of the next record. */
const DELTA_GROWTH = 4;

/** As much of a machine as loading needs. */
type Replayed<Event> = Pick<Machine<never, Event, unknown>, 'apply' | 'endTransaction'>;

/** Applies every record of a buffer of whole batches. Throws on records that cannot be read. */
export function applyBatches<Event>(
  buffer: Buffer,
  machine: Replayed<Event>,
  codec: EventCodec<Event>,
): void {
  const cursor = new RecordCursor();
  for (let at = 0; at < buffer.length; at += batchSizeBytes(buffer, at)) {
    const control = batchIsControl(buffer, at);
    const owner = batchProducerId(buffer, at);
    const producerId = batchIsTransactional(buffer, at) ? owner : NO_PRODUCER;
    cursor.open(buffer, at);
    while (cursor.next()) {
      if (control) applyMarker(machine, owner, readControlRecordType(cursor.key));
      else {
        const event = codec.decode(cursor.key, cursor.value);
        if (event !== null) machine.apply(event, { offset: cursor.offset, producerId });
      }
    }
    if (cursor.problem !== undefined) throw new Error(cursor.problem);
  }
}

function applyMarker(machine: Replayed<never>, producerId: number, type: number | undefined): void {
  if (type === controlRecordTypes.commit) machine.endTransaction(producerId, true);
  else if (type === controlRecordTypes.abort) machine.endTransaction(producerId, false);
}

export interface EncodedRecord {
  readonly key: Buffer;
  readonly value: Buffer | null;
}

/** The records that the next append will write. */
export class PendingBatch {
  readonly #builder = new BatchBuilder();
  readonly #maxSizeBytes: number;

  constructor(maxSizeBytes: number) {
    this.#maxSizeBytes = maxSizeBytes;
    this.#builder.reset();
  }

  get recordCount(): number {
    return this.#builder.recordCount;
  }

  hasRoomFor(record: EncodedRecord, timestampMs: number): boolean {
    return this.#builder.sizeBytesWith(timestampMs, record.key, record.value) <= this.#maxSizeBytes;
  }

  hasRoomForAll(records: readonly EncodedRecord[], timestampMs: number): boolean {
    const present = this.#builder.sizeBytes;
    let size = present;
    for (const { key, value } of records) {
      size += this.#builder.sizeBytesWith(timestampMs, key, value) - present + DELTA_GROWTH;
    }
    return size <= this.#maxSizeBytes;
  }

  add(record: EncodedRecord, timestampMs: number): void {
    this.#builder.append(timestampMs, record.key, record.value);
  }

  /** The batch, of that transaction if any; the next one begins empty. */
  take(transaction?: Transaction): Buffer {
    const batch = this.#builder.finish(
      transaction && {
        producerId: transaction.producerId,
        producerEpoch: transaction.producerEpoch,
        transactional: true,
      },
    );
    this.#builder.reset();
    return batch;
  }
}
