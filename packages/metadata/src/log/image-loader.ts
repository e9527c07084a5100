import {
  batchBaseOffset,
  batchLastOffset,
  batchLeaderEpoch,
  batchMaxTimestamp,
  batchSizeBytes,
} from '@tidelog/protocol';
import { decodeSnapshot, type OffsetAndEpoch } from '@tidelog/raft';
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
  #applied: OffsetAndEpoch = { offset: 0, epoch: 0 };
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
    this.#applied = latest.id;
  }

  /** The offset behind the last applied record, and the epoch that wrote it. */
  get applied(): OffsetAndEpoch {
    return this.#applied;
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
    for (const { buffer, at } of this.#storage.batches(this.#applied.offset, endOffset)) {
      if (batchBaseOffset(buffer, at) < this.#applied.offset) continue;
      for (const record of decodeBatch(buffer, at)) {
        for (const effective of this.#transactions.accept(record)) {
          this.image.apply(effective, delta);
        }
      }
      this.#applied = {
        offset: batchLastOffset(buffer, at) + 1,
        epoch: batchLeaderEpoch(buffer, at),
      };
      this.#lastTimestamp = batchMaxTimestamp(buffer, at);
      this.#newBytes += batchSizeBytes(buffer, at);
    }
    return delta;
  }
}
