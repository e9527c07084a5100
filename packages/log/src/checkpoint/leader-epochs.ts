import type { EpochEndOffset } from '../results.ts';

export interface EpochEntry {
  readonly epoch: number;
  readonly startOffset: number;
}

const UNDEFINED_EPOCH = -1;

/**
 * Which leader epoch wrote from which offset on (`leader-epoch-checkpoint`): epochs and start
 * offsets both ascend. Followers and consumers find with it where their history left the leader's.
 */
export class LeaderEpochs {
  /** Never changed in place: what is saved may be the same list. */
  private entries: readonly EpochEntry[] = [];
  /** What the checkpoint file holds. */
  private saved: readonly EpochEntry[];

  constructor(entries: readonly EpochEntry[]) {
    for (const { epoch, startOffset } of entries) this.assign(epoch, startOffset);
    this.saved = this.entries;
  }

  /**
   * What the checkpoint file has to hold for a log that ends at `endOffset`, or null where it does.
   * An epoch without records is nothing that a start could miss.
   */
  toSave(endOffset: number): readonly EpochEntry[] | null {
    if (this.entries === this.saved) return null;
    const last = this.entries.at(-1);
    const withRecords =
      last === undefined || last.startOffset < endOffset
        ? this.entries
        : this.entries.filter(({ startOffset }) => startOffset < endOffset);
    const isSaved =
      withRecords.length === this.saved.length &&
      withRecords.every((entry, i) => isSame(entry, this.saved[i]!));
    if (!isSaved) return withRecords;
    this.saved = withRecords;
    return null;
  }

  /** The checkpoint file holds these now. */
  noteSaved(entries: readonly EpochEntry[]): void {
    this.saved = entries;
  }

  /**
   * Below this offset the checkpoint file is right: a start has to read on from there. Infinity where
   * all of it is.
   */
  get savedUpTo(): number {
    const { entries, saved } = this;
    if (entries === saved) return Number.POSITIVE_INFINITY;
    for (let i = 0; ; i++) {
      const entry = entries[i];
      const other = saved[i];
      if (entry !== undefined && other !== undefined && isSame(entry, other)) continue;
      const offsets = [entry?.startOffset, other?.startOffset];
      return Math.min(...offsets.map((offset) => offset ?? Number.POSITIVE_INFINITY));
    }
  }

  get earliest(): EpochEntry | undefined {
    return this.entries[0];
  }

  get latestEpoch(): number {
    return this.entries.at(-1)?.epoch ?? UNDEFINED_EPOCH;
  }

  /** Notes that records of `epoch` start at `startOffset`; true when that is news. */
  assign(epoch: number, startOffset: number): boolean {
    if (epoch < 0 || startOffset < 0) return false;
    const last = this.entries.at(-1);
    if (last !== undefined && last.epoch === epoch && last.startOffset <= startOffset) return false;
    const conflict = this.entries.findIndex((entry) => conflicts(entry, epoch, startOffset));
    const kept = conflict === -1 ? this.entries : this.entries.slice(0, conflict);
    this.entries = [...kept, { epoch, startOffset }];
    return true;
  }

  truncateFromEnd(endOffset: number): void {
    const first = this.entries.findIndex((entry) => entry.startOffset >= endOffset);
    if (first !== -1) this.entries = this.entries.slice(0, first);
  }

  /** The epoch that was current at the new start stays, as if it had begun there. */
  truncateFromStart(startOffset: number): void {
    const next = this.entries.findIndex((entry) => entry.startOffset > startOffset);
    const keepFrom = (next === -1 ? this.entries.length : next) - 1;
    const first = this.entries[keepFrom];
    if (first === undefined || (keepFrom === 0 && first.startOffset === startOffset)) return;
    this.entries = [{ epoch: first.epoch, startOffset }, ...this.entries.slice(keepFrom + 1)];
  }

  /** Whether the checkpoint file has epochs of records below `startOffset`. */
  savedReachBelow(startOffset: number): boolean {
    return this.saved.length > 0 && this.saved[0]!.startOffset < startOffset;
  }

  clear(): void {
    this.entries = [];
  }

  /** Where `epoch` ends in this log, as OffsetForLeaderEpoch answers it; null when that is not known. */
  endOffset(epoch: number, logEndOffset: number): EpochEndOffset | null {
    if (epoch === UNDEFINED_EPOCH) return null;
    if (epoch === this.latestEpoch) return { leaderEpoch: epoch, endOffset: logEndOffset };
    const higher = this.entries.findIndex((entry) => entry.epoch > epoch);
    if (higher === -1) return null;
    const floor = this.entries[higher - 1];
    return { leaderEpoch: floor?.epoch ?? epoch, endOffset: this.entries[higher]!.startOffset };
  }

  /** The epoch that wrote `offset`, or -1. */
  epochAt(offset: number): number {
    let found = UNDEFINED_EPOCH;
    for (const { epoch, startOffset } of this.entries) {
      if (startOffset > offset) break;
      found = epoch;
    }
    return found;
  }
}

function isSame(a: EpochEntry, b: EpochEntry): boolean {
  return a.epoch === b.epoch && a.startOffset === b.startOffset;
}

function conflicts(entry: EpochEntry, epoch: number, startOffset: number): boolean {
  return entry.epoch >= epoch || entry.startOffset >= startOffset;
}
