import { type LentSlabs, TailSlab } from './tail-slab.ts';

const SLABS = 8;
/** Keeps what is noted of small batches in proportion to their bytes. */
const MAX_SLAB_RUNS = 8192;

/**
 * The newest appended bytes of all logs, in memory, so that consumers at the end of a log are served
 * without touching the disk. One budget for all; the oldest appends go first, whoever made them.
 *
 * The memory is a ring of slabs, allocated when first needed and then used again and again: an append
 * copies its batches behind the newest, and where a slab has no room left, the oldest is emptied and
 * filled next. Readers are lent slices. A slab that is still read when it is to be emptied leaves the
 * ring, and a new one takes its place. No more slabs are lent than the ring has; what else is read is
 * copied. So the memory has a bound, however slow the readers are.
 */
export class TailCache {
  readonly slabBytes: number;
  private readonly ring: TailSlab[] = [];
  private newest = -1;
  private readonly lent: LentSlabs = { count: 0, most: SLABS };

  constructor(budgetBytes: number) {
    this.slabBytes = Math.floor(budgetBytes / SLABS);
  }

  /** Where the next `sizeBytes` go, which are at most `slabBytes`. */
  slabFor(sizeBytes: number): TailSlab {
    const slab = this.ring[this.newest];
    const hasRoom =
      slab !== undefined &&
      slab.used + sizeBytes <= this.slabBytes &&
      slab.runs.length < MAX_SLAB_RUNS;
    return hasRoom ? slab : this.nextSlab();
  }

  private nextSlab(): TailSlab {
    this.newest = (this.newest + 1) % SLABS;
    const oldest = this.ring[this.newest];
    if (oldest !== undefined) {
      for (const run of oldest.runs) if (!run.isDropped) run.tail.shift();
      if (oldest.empty()) return oldest;
    }
    const slab = new TailSlab(this.slabBytes, this.lent);
    this.ring[this.newest] = slab;
    return slab;
  }
}
