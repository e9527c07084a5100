import {
  batchBaseOffset,
  batchLastOffset,
  batchMaxTimestamp,
  batchSizeBytes,
} from '@tidelog/protocol';
import { decodeSnapshot } from '@tidelog/raft';
import { MetadataDelta } from '../image/metadata-delta.ts';
import { MetadataImage } from '../image/metadata-image.ts';
import { TransactionFilter } from '../records/transactions.ts';
import type { MetadataStorage } from './metadata-storage.ts';
import { decodeBatch } from './record-batches.ts';

/** The committed image, and how far in the log it is. */
export class ImageLoader {
  readonly image = new MetadataImage();
  readonly #storage: MetadataStorage;
  readonly #transactions = new TransactionFilter();
  #appliedOffset = 0;
  #lastTimestamp = 0;
  #newBytes = 0;

  /** Starts from the latest snapshot: whatever is in one is committed. */
  constructor(storage: MetadataStorage) {
    this.#storage = storage;
    const latest = storage.snapshots.latest();
    if (latest === undefined) return;
    const { controls, batches } = decodeSnapshot(storage.snapshots.readAll(latest.id));
    for (const batch of batches) {
      for (const record of decodeBatch(batch, 0)) this.image.apply(record);
    }
    const [header] = controls;
    if (header?.type === 'snapshotHeader') this.#lastTimestamp = header.lastContainedLogTimestamp;
    this.#appliedOffset = latest.id.offset;
  }

  /** The offset behind the last applied record. */
  get appliedOffset(): number {
    return this.#appliedOffset;
  }

  get lastTimestamp(): number {
    return this.#lastTimestamp;
  }

  /** Bytes of the log that are applied, and in no snapshot yet. */
  get newBytes(): number {
    return this.#newBytes;
  }

  /** The records since a BeginTransaction are not in the image. */
  get isInTransaction(): boolean {
    return this.#transactions.isOpen;
  }

  snapshotTaken(): void {
    this.#newBytes = 0;
  }

  /** Applies what is committed below `endOffset`; returns what that changed. */
  applyUpTo(endOffset: number): MetadataDelta {
    const delta = new MetadataDelta();
    for (const { buffer, at } of this.#storage.batches(this.#appliedOffset, endOffset)) {
      if (batchBaseOffset(buffer, at) < this.#appliedOffset) continue;
      for (const record of decodeBatch(buffer, at)) {
        for (const effective of this.#transactions.accept(record)) {
          this.image.apply(effective, delta);
        }
      }
      this.#appliedOffset = batchLastOffset(buffer, at) + 1;
      this.#lastTimestamp = batchMaxTimestamp(buffer, at);
      this.#newBytes += batchSizeBytes(buffer, at);
    }
    return delta;
  }
}
