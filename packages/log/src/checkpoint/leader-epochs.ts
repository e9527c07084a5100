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
  private entries: EpochEntry[] = [];
  /** The checkpoint file does not hold these entries yet. */
  dirty = false;

  constructor(entries: readonly EpochEntry[]) {
    for (const { epoch, startOffset } of entries) this.assign(epoch, startOffset);
    this.dirty = false;
  }

  get all(): readonly EpochEntry[] {
    return this.entries;
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
    while (this.entries.length > 0 && conflicts(this.entries.at(-1)!, epoch, startOffset)) {
      this.entries.pop();
    }
    this.entries.push({ epoch, startOffset });
    this.dirty = true;
    return true;
  }

  truncateFromEnd(endOffset: number): void {
    while (this.entries.length > 0 && this.entries.at(-1)!.startOffset >= endOffset) {
      this.entries.pop();
      this.dirty = true;
    }
  }

  /** The epoch that was current at the new start stays, as if it had begun there. */
  truncateFromStart(startOffset: number): void {
    const next = this.entries.findIndex((entry) => entry.startOffset > startOffset);
    const keepFrom = (next === -1 ? this.entries.length : next) - 1;
    const first = this.entries[keepFrom];
    if (first === undefined || (keepFrom === 0 && first.startOffset === startOffset)) return;
    this.entries.splice(0, keepFrom + 1, { epoch: first.epoch, startOffset });
    this.dirty = true;
  }

  clear(): void {
    this.entries = [];
    this.dirty = true;
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

function conflicts(entry: EpochEntry, epoch: number, startOffset: number): boolean {
  return entry.epoch >= epoch || entry.startOffset >= startOffset;
}
