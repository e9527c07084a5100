import { compareLogEnds, type OffsetAndEpoch } from '../keys.ts';

/** Where an epoch's first record is. */
export interface EpochStart {
  readonly epoch: number;
  readonly startOffset: number;
}

export interface SnapshotSummary {
  readonly id: OffsetAndEpoch;
  readonly sizeBytes: number;
}

/** What the shell knows of the log on disk when the machine starts. */
export interface LogSummary {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly epochs: readonly EpochStart[];
  readonly snapshots: readonly SnapshotSummary[];
}

/** What a fetch position is, seen from the leader's log (KIP-595, KIP-630). */
export type Position =
  | { readonly kind: 'valid' }
  | { readonly kind: 'diverging'; readonly at: OffsetAndEpoch }
  | { readonly kind: 'snapshot'; readonly id: OffsetAndEpoch };

/** The snapshot that `format` writes: it seeds the first leader and is never replicated. */
export const BOOTSTRAP_SNAPSHOT: OffsetAndEpoch = { offset: 0, epoch: 0 };

/**
 * The log without its bytes: offsets, epochs, snapshot ids. Everything that consensus decides about
 * a log is decided here; the shell's log must follow each effect exactly.
 */
export class LogView {
  startOffset: number;
  endOffset: number;
  /** Everything below is on stable storage. */
  syncedOffset: number;
  #epochs: EpochStart[];
  #snapshots: SnapshotSummary[];

  constructor(summary: LogSummary) {
    this.startOffset = summary.startOffset;
    this.endOffset = summary.endOffset;
    this.syncedOffset = summary.endOffset;
    this.#epochs = [...summary.epochs];
    this.#snapshots = summary.snapshots.toSorted((a, b) => compareLogEnds(a.id, b.id));
  }

  /** The epoch of the last record, or of the snapshot that replaced all records; 0 when empty. */
  get lastEpoch(): number {
    return this.#epochs.at(-1)?.epoch ?? this.latestSnapshot?.id.epoch ?? 0;
  }

  get end(): OffsetAndEpoch {
    return { offset: this.endOffset, epoch: this.lastEpoch };
  }

  get epochs(): readonly EpochStart[] {
    return this.#epochs;
  }

  get latestSnapshot(): SnapshotSummary | undefined {
    return this.#snapshots.at(-1);
  }

  /** The snapshot at the log's start, which stands for all that was before it. */
  get earliestSnapshot(): SnapshotSummary | undefined {
    return this.#snapshots.find((snapshot) => snapshot.id.offset === this.startOffset);
  }

  /** The id of a snapshot of everything below `endOffset`. */
  snapshotIdAt(endOffset: number): OffsetAndEpoch {
    const last = this.#epochs.findLast((entry) => entry.startOffset < endOffset);
    return { offset: endOffset, epoch: last?.epoch ?? this.earliestSnapshot?.id.epoch ?? 0 };
  }

  snapshot(id: OffsetAndEpoch): SnapshotSummary | undefined {
    return this.#snapshots.find((s) => compareLogEnds(s.id, id) === 0);
  }

  append(epoch: number, endOffset: number): void {
    if (epoch !== this.#epochs.at(-1)?.epoch) {
      this.#epochs.push({ epoch, startOffset: this.endOffset });
    }
    this.endOffset = endOffset;
  }

  truncateTo(endOffset: number): void {
    this.endOffset = endOffset;
    this.syncedOffset = Math.min(this.syncedOffset, endOffset);
    this.#epochs = this.#epochs.filter((entry) => entry.startOffset < endOffset);
  }

  addSnapshot(snapshot: SnapshotSummary): void {
    const others = this.#snapshots.filter((s) => compareLogEnds(s.id, snapshot.id) !== 0);
    this.#snapshots = [...others, snapshot].sort((a, b) => compareLogEnds(a.id, b.id));
  }

  /** Throws the whole log away: `snapshot` is all there is now. */
  restartAt(snapshot: SnapshotSummary): void {
    this.startOffset = snapshot.id.offset;
    this.endOffset = snapshot.id.offset;
    this.syncedOffset = snapshot.id.offset;
    this.#epochs = [];
    this.#snapshots = [snapshot];
  }

  /** The records below `startOffset` are gone, and so are the snapshots below. */
  advanceStart(startOffset: number): void {
    this.startOffset = startOffset;
    this.#snapshots = this.#snapshots.filter((s) => s.id.offset >= startOffset);
    const first = this.#epochs.findLastIndex((entry) => entry.startOffset <= startOffset);
    if (first < 0) return;
    this.#epochs = this.#epochs.slice(first);
    const head = this.#epochs[0];
    if (head !== undefined && head.startOffset < startOffset) {
      this.#epochs[0] = { epoch: head.epoch, startOffset };
    }
    if (startOffset >= this.endOffset) this.#epochs = [];
  }

  /** The largest known epoch not above `epoch`, and where it ends. */
  endOf(epoch: number): OffsetAndEpoch {
    const earliest = this.earliestSnapshot?.id;
    const at = this.#endOf(epoch);
    // An epoch below all records ends at the log's start, and there the snapshot knows better.
    return earliest !== undefined && at.offset === earliest.offset && at.epoch === epoch
      ? earliest
      : at;
  }

  #endOf(epoch: number): OffsetAndEpoch {
    if (epoch >= this.lastEpoch || this.#epochs.length === 0) return this.end;
    const higher = this.#epochs.findIndex((entry) => entry.epoch > epoch);
    const endOffset = this.#epochs[higher]?.startOffset ?? this.endOffset;
    return { offset: endOffset, epoch: this.#epochs[higher - 1]?.epoch ?? epoch };
  }

  /** Where a follower stands that has everything below `offset`, the last of it in `epoch`. */
  position(offset: number, epoch: number): Position {
    if (this.startOffset === 0 && offset === 0) return { kind: 'valid' };
    const earliest = this.earliestSnapshot?.id;
    const latest = this.latestSnapshot?.id;
    if (earliest !== undefined && latest !== undefined) {
      const isBelow =
        offset < this.startOffset ||
        (offset === this.startOffset && epoch !== earliest.epoch) ||
        epoch < earliest.epoch;
      if (isBelow) return { kind: 'snapshot', id: latest };
    }
    const end = this.endOf(epoch);
    if (end.epoch !== epoch || end.offset < offset) return { kind: 'diverging', at: end };
    return { kind: 'valid' };
  }

  /** Where to cut so that nothing is left that the leader doesn't have. */
  cutFor(diverging: OffsetAndEpoch): number {
    if (diverging.epoch === 0) return Math.min(diverging.offset, this.endOffset);
    const end = this.endOf(diverging.epoch);
    return end.epoch === diverging.epoch ? Math.min(end.offset, diverging.offset) : end.offset;
  }
}
