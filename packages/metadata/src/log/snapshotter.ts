import { isDiskFull } from '@tidelog/log';
import type { Clock, Timer } from '@tidelog/platform';
import {
  decodeControlBatch,
  encodeSnapshot,
  type OffsetAndEpoch,
  type RaftNode,
} from '@tidelog/raft';
import type { BrokerConfig } from '../configs/broker-config.ts';
import type { ImageLoader } from './image-loader.ts';
import type { MetadataStorage } from './metadata-storage.ts';
import { encodeBatches } from './record-batches.ts';

/** Holds the header of a snapshot. */
const HEADER_BYTES = 1024;
/** How long a snapshot waits for space: the log goes on without it. */
const FULL_PAUSE_MS = 60_000;

export interface SnapshotterParts {
  readonly config: BrokerConfig;
  readonly clock: Clock;
  readonly storage: MetadataStorage;
  readonly loader: ImageLoader;
  readonly raft: RaftNode;
}

/** Writes snapshots of the committed image when enough is new, and lets the log before old ones go. */
export class Snapshotter {
  readonly #parts: SnapshotterParts;
  readonly #maxNewBytes: number;
  readonly #maxIntervalMs: number;
  readonly #onFailure: (error: unknown) => void;
  #timer: Timer | null = null;

  constructor(parts: SnapshotterParts, onFailure: (error: unknown) => void) {
    const { config } = parts;
    this.#parts = parts;
    this.#onFailure = onFailure;
    this.#maxNewBytes = config.getLong('metadata.log.max.record.bytes.between.snapshots');
    const intervalMs = config.getLong('metadata.log.max.snapshot.interval.ms');
    this.#maxIntervalMs = intervalMs > 0 ? intervalMs : Number.POSITIVE_INFINITY;
  }

  /** Records were applied. */
  applied(): void {
    const { loader, clock } = this.#parts;
    if (loader.newBytes >= this.#maxNewBytes && !loader.isInTransaction) {
      this.#take();
    } else if (this.#timer === null && Number.isFinite(this.#maxIntervalMs)) {
      this.#timer = clock.setTimer(this.#maxIntervalMs, () => this.#due());
    }
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #due(): void {
    this.#timer = null;
    if (this.#parts.loader.isInTransaction) this.applied();
    else this.#take();
  }

  #take(): void {
    this.#timer?.cancel();
    this.#timer = null;
    const { loader, storage, raft, clock } = this.#parts;
    try {
      const contained = raft.snapshotAt(loader.appliedOffset);
      raft.snapshotCreated(storage.createSnapshot(contained.id, this.#chunks(contained)));
      loader.snapshotTaken();
      this.#clean();
    } catch (error) {
      if (isDiskFull(error)) this.#timer = clock.setTimer(FULL_PAUSE_MS, () => this.#due());
      else this.#onFailure(error);
    }
  }

  #chunks(contained: ReturnType<RaftNode['snapshotAt']>): Generator<Buffer> {
    const { loader, clock } = this.#parts;
    const { metadataVersion } = loader.image.features;
    const timestampMs = clock.now();
    return encodeSnapshot(
      { ...contained, lastContainedLogTimestamp: loader.lastTimestamp, timestampMs },
      encodeBatches(loader.image.records(), { metadataVersion, timestampMs }),
    );
  }

  /** metadata.max.retention.bytes and .ms: a snapshot goes once the next one can stand for it. */
  #clean(): void {
    const { storage, raft, config, clock } = this.#parts;
    const maxBytes = config.getLong('metadata.max.retention.bytes');
    const maxAgeMs = config.getLong('metadata.max.retention.ms');
    for (;;) {
      const [oldest, next] = storage.snapshots.list();
      if (oldest === undefined || next === undefined) return;
      const tooLarge = maxBytes >= 0 && this.#totalBytes() > maxBytes;
      const tooOld = maxAgeMs >= 0 && clock.now() - this.#timestampOf(oldest.id) > maxAgeMs;
      if (!tooLarge && !tooOld) return;
      storage.cleanBelow(next.id.offset);
      raft.logStartAdvanced(storage.startOffset);
    }
  }

  #totalBytes(): number {
    const { storage } = this.#parts;
    const sizes = storage.snapshots.list().map((snapshot) => snapshot.sizeBytes);
    return sizes.reduce((sum, size) => sum + size, storage.sizeBytes);
  }

  #timestampOf(id: OffsetAndEpoch): number {
    const bytes = this.#parts.storage.readSnapshot(id, 0, HEADER_BYTES);
    const [header] = decodeControlBatch(bytes, 0);
    return header?.type === 'snapshotHeader' ? header.lastContainedLogTimestamp : 0;
  }
}
