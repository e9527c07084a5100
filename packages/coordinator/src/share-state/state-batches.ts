/** Offsets that share a delivery state: 0 available, 2 acknowledged, 4 archived. */
export interface StateBatch {
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly deliveryState: number;
  readonly deliveryCount: number;
}

/** No start offset: every offset counts. */
const UNKNOWN_START = -1;

/**
 * Lays batches over each other. Of what two of them say of an offset the higher delivery count stands,
 * and of equal counts the higher state; offsets below `startOffset` (-1: none) are dropped. The result
 * is in order, without overlap, and neighbours differ.
 */
export function combineStateBatches(
  batches: readonly StateBatch[],
  startOffset: number,
): StateBatch[] {
  const waiting = batches
    .filter(({ firstOffset, lastOffset }) => firstOffset <= lastOffset && lastOffset >= startOffset)
    .sort((a, b) => a.firstOffset - b.firstOffset);
  const lowest = startOffset === UNKNOWN_START ? Number.NEGATIVE_INFINITY : startOffset;
  const combined: StateBatch[] = [];
  /** Batches that have begun, as a heap: the one that stands on top. */
  const begun = new BatchHeap();
  let next = 0;
  let offset = lowest;
  for (;;) {
    if (begun.top === undefined) {
      if (next === waiting.length) return combined;
      offset = Math.max(offset, waiting[next]!.firstOffset);
    }
    while (next < waiting.length && waiting[next]!.firstOffset <= offset) {
      begun.push(waiting[next++]!);
    }
    const top = begun.top!;
    if (top.lastOffset < offset) {
      begun.pop();
      continue;
    }
    // The one on top stands until it ends, or until one begins that may stand higher.
    const lastOffset = Math.min(top.lastOffset, (waiting[next]?.firstOffset ?? Infinity) - 1);
    append(combined, { ...top, firstOffset: offset, lastOffset });
    // Beyond 2^53 the next number may be the same one: what has ended is done with, wherever it ended.
    if (lastOffset === top.lastOffset) begun.pop();
    offset = lastOffset + 1;
  }
}

function append(batches: StateBatch[], batch: StateBatch): void {
  const last = batches.at(-1);
  if (last !== undefined && last.lastOffset + 1 === batch.firstOffset && order(last, batch) === 0) {
    batches[batches.length - 1] = { ...last, lastOffset: batch.lastOffset };
  } else {
    batches.push(batch);
  }
}

/** Positive when `a` stands above `b`. */
function order(a: StateBatch, b: StateBatch): number {
  return a.deliveryCount - b.deliveryCount || a.deliveryState - b.deliveryState;
}

class BatchHeap {
  readonly #batches: StateBatch[] = [];

  get top(): StateBatch | undefined {
    return this.#batches[0];
  }

  push(batch: StateBatch): void {
    const batches = this.#batches;
    let at = batches.length;
    batches.push(batch);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (order(batches[parent]!, batch) >= 0) break;
      batches[at] = batches[parent]!;
      at = parent;
    }
    batches[at] = batch;
  }

  pop(): void {
    const batches = this.#batches;
    const moved = batches.pop();
    if (moved === undefined || batches.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= batches.length) break;
      const right = child + 1;
      if (right < batches.length && order(batches[right]!, batches[child]!) > 0) child = right;
      if (order(moved, batches[child]!) >= 0) break;
      batches[at] = batches[child]!;
      at = child;
    }
    batches[at] = moved;
  }
}
