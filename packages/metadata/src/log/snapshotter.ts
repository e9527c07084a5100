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
/** What is encoded in one turn: some hundred partitions, a millisecond or two. */
const PIECE_BYTES = 64 << 10;
/** How long a snapshot waits for space: the log goes on without it. */
const FULL_PAUSE_MS = 60_000;

export interface SnapshotterParts {
  readonly config: BrokerConfig;
  readonly clock: Clock;
  readonly storage: MetadataStorage;
  readonly loader: ImageLoader;
  readonly raft: RaftNode;
}

/**
 * Writes snapshots of the committed image when enough is new, and lets the log before old ones go. One is
 * written over many turns; it says what the image said when it was begun.
 */
export class Snapshotter {
  readonly #parts: SnapshotterParts;
  readonly #maxNewBytes: number;
  readonly #maxIntervalMs: number;
  readonly #onFailure: (error: unknown) => void;
  #timer: Timer | null = null;
  #taking: Promise<void> | null = null;
  /** Ends the pause between two pieces. */
  #wake: (() => void) | null = null;
  #isStopped = false;

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

  /** Resolves when nothing is written any more: what is under way is given up. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#wake?.();
    await this.#taking;
  }

  #due(): void {
    this.#timer = null;
    if (this.#parts.loader.isInTransaction) this.applied();
    else this.#take();
  }

  #take(): void {
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#taking !== null || this.#isStopped) return;
    this.#taking = this.#write().then(() => {
      this.#taking = null;
      if (this.#parts.loader.newBytes >= this.#maxNewBytes) this.applied();
    });
  }

  async #write(): Promise<void> {
    const { loader, storage, raft, clock } = this.#parts;
    try {
      const contained = raft.snapshotAt(loader.appliedOffset);
      const chunks = this.#chunks(contained);
      loader.snapshotTaken();
      const snapshot = await storage.createSnapshot(contained.id, chunks, () => this.#goOn());
      if (snapshot === null || this.#isStopped) return;
      raft.snapshotCreated(snapshot);
      this.#clean();
    } catch (error) {
      if (!isDiskFull(error)) this.#onFailure(error);
      else if (!this.#isStopped) this.#timer = clock.setTimer(FULL_PAUSE_MS, () => this.#due());
    }
  }

  /** The image is taken at once, and encoded as the chunks are. */
  #chunks(contained: ReturnType<RaftNode['snapshotAt']>): Iterable<Buffer> {
    const { loader, clock } = this.#parts;
    const { metadataVersion } = loader.image.features;
    const timestampMs = clock.now();
    const batch = { metadataVersion, timestampMs, targetBytes: PIECE_BYTES };
    return encodeSnapshot(
      { ...contained, lastContainedLogTimestamp: loader.lastTimestamp, timestampMs },
      encodeBatches(loader.image.records(), batch),
    );
  }

  /** In a later turn: the event loop serves others meanwhile. */
  async #goOn(): Promise<boolean> {
    await new Promise<void>((resolve) => {
      const timer = this.#parts.clock.setTimer(0, resolve);
      this.#wake = () => {
        timer.cancel(); // none keeps a process alive that waits for its end
        resolve();
      };
    });
    return !this.#isStopped;
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
