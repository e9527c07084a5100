import {
  BatchBuilder,
  batchLastOffsetDelta,
  type BatchRecord,
  controlRecordKey,
  controlRecordTypes,
  endTxnMarkerValue,
  type KafkaError,
  readRecords,
  setBatchBaseOffset,
} from '@tidelog/protocol';
import type { CoordinatorLog, TransactionEnd } from './coordinator-log.ts';

/** A log in memory, whose high watermark and failures a test decides. */
export class MemoryLog implements CoordinatorLog {
  maxBatchSizeBytes = 1_048_588;
  /** Follows the log end while true. */
  replicates = true;
  /** The next appends are refused with this. */
  refusal: KafkaError | null = null;
  /** Transactional batches are refused with this. */
  transactionRefusal: KafkaError | null = null;
  batches: Buffer[] = [];
  #endOffset = 0;
  #highWatermark = 0;
  #waits: { offset: number; done: (error: KafkaError | null) => void }[] = [];

  get highWatermark(): number {
    return this.#highWatermark;
  }

  logEndOffset(): number {
    return this.#endOffset;
  }

  append(batch: Buffer): { lastOffset: number } | KafkaError {
    if (this.refusal !== null) return this.refusal;
    this.put(batch);
    if (this.replicates) this.replicate();
    return { lastOffset: this.#endOffset - 1 };
  }

  checkTransaction(): KafkaError | null {
    return this.transactionRefusal;
  }

  appendMarker(end: TransactionEnd): { lastOffset: number } | KafkaError {
    const builder = new BatchBuilder();
    const type = controlRecordTypes[end.committed ? 'commit' : 'abort'];
    builder.append(0, controlRecordKey(type), endTxnMarkerValue(end.coordinatorEpoch));
    const { producerId, producerEpoch } = end;
    const marker = { producerId, producerEpoch, transactional: true, control: true };
    return this.append(builder.finish(marker));
  }

  /** Puts a batch at the end, as if it had been there. */
  put(batch: Buffer): void {
    setBatchBaseOffset(batch, 0, this.#endOffset);
    this.#endOffset += batchLastOffsetDelta(batch, 0) + 1;
    this.batches.push(batch);
  }

  replicate(): void {
    this.#highWatermark = this.#endOffset;
    this.#waits = this.#waits.filter(({ offset, done }) => {
      if (offset >= this.#highWatermark) return true;
      done(null);
      return false;
    });
  }

  /** What was appended and not replicated is lost, as when another broker takes over. */
  lose(error: KafkaError): void {
    const waits = this.#waits;
    this.#waits = [];
    for (const { done } of waits) done(error);
  }

  replicated(offset: number): Promise<KafkaError | null> {
    if (offset < this.#highWatermark) return Promise.resolve(null);
    return new Promise((done) => {
      this.#waits.push({ offset, done });
    });
  }

  load(): Iterable<Buffer> {
    return [...this.batches];
  }

  records(): BatchRecord[] {
    return this.batches.flatMap((batch) => readRecords(batch));
  }
}
