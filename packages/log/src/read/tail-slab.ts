import { lend, type Lender } from './lent-memory.ts';
import type { LogTail } from './log-tail.ts';

/** Consecutive batches of a log that lie one behind the other in a slab. */
export interface TailRun {
  readonly tail: LogTail;
  readonly slab: TailSlab;
  readonly start: number;
  end: number;
  readonly baseOffset: number;
  lastOffset: number;
  /** Its log lists it no more; its slab still holds it. */
  isDropped: boolean;
}

/** How many slabs are read, in the ring and outside of it, and how many may be. */
export interface LentSlabs {
  count: number;
  readonly most: number;
}

/**
 * Memory for the newest appends, filled from its start to its end and then emptied as a whole. Its
 * bytes change only where none has been lent: behind `used`, and from the start once `empty` has said
 * that nobody reads it.
 */
export class TailSlab implements Lender<Buffer> {
  readonly bytes: Buffer;
  runs: TailRun[] = [];
  used = 0;
  private readers = 0;
  private readonly lent: LentSlabs;

  constructor(sizeBytes: number, lent: LentSlabs) {
    this.bytes = Buffer.allocUnsafeSlow(sizeBytes);
    this.lent = lent;
  }

  /** Copies `batches` to the end, for which there must be room; returns where they begin. */
  add(batches: Buffer): number {
    const start = this.used;
    batches.copy(this.bytes, start);
    this.used += batches.length;
    return start;
  }

  get mayLend(): boolean {
    return this.readers > 0 || this.lent.count < this.lent.most;
  }

  lend(start: number, end: number): Buffer {
    if (this.readers++ === 0) this.lent.count++;
    return lend(this.bytes.subarray(start, end), this);
  }

  takeBack(): void {
    if (--this.readers === 0) this.lent.count--;
  }

  /** Forgets all that it holds. False when somebody reads it: then it must not be filled again. */
  empty(): boolean {
    this.runs = [];
    this.used = 0;
    return this.readers === 0;
  }
}
