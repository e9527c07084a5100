import type { Segment } from './segment.ts';

/** The segments of a log in the order of their offsets. There is always an active one, the last. */
export class Segments {
  private readonly sorted: Segment[] = [];

  get all(): readonly Segment[] {
    return this.sorted;
  }

  get first(): Segment {
    return this.sorted[0]!;
  }

  get active(): Segment {
    return this.sorted.at(-1)!;
  }

  get sizeBytes(): number {
    let size = 0;
    for (const segment of this.sorted) size += segment.sizeBytes;
    return size;
  }

  add(segment: Segment): void {
    if (this.sorted.length === 0 || segment.baseOffset > this.active.baseOffset) {
      this.sorted.push(segment);
      return;
    }
    this.sorted.splice(this.floorIndex(segment.baseOffset) + 1, 0, segment);
  }

  remove(segment: Segment): void {
    const index = this.sorted.indexOf(segment);
    if (index !== -1) this.sorted.splice(index, 1);
  }

  has(segment: Segment): boolean {
    return this.sorted[this.floorIndex(segment.baseOffset)] === segment;
  }

  /** The last segment that starts at `offset` or before it. */
  floor(offset: number): Segment | undefined {
    return this.sorted[this.floorIndex(offset)];
  }

  after(segment: Segment): Segment | undefined {
    return this.sorted[this.floorIndex(segment.baseOffset) + 1];
  }

  /** Those that start before `offset`. */
  below(offset: number): Segment[] {
    return this.sorted.slice(0, this.floorIndex(offset - 1) + 1);
  }

  /** From the segment that holds `offset` on. */
  from(offset: number): Segment[] {
    return this.sorted.slice(Math.max(0, this.floorIndex(offset)));
  }

  private floorIndex(offset: number): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.sorted[middle]!.baseOffset <= offset) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
