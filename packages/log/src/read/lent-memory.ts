/** Whose bytes a reader holds: memory that will be used again. */
export interface Lender {
  /** The reader is done with `bytes`, which are the ones that were lent. */
  takeBack(bytes: Uint8Array): void;
}

const lenders = new WeakMap<Uint8Array, Lender>();

/** Notes that `bytes` are lent, until they come back or nobody has them any more. */
export function lend(bytes: Buffer, lender: Lender): Buffer {
  lenders.set(bytes, lender);
  return bytes;
}

/**
 * Gives back what reads with `lends` gave, those very buffers: their bytes may be others at once. What
 * was not lent, or is back already, is left alone.
 */
export function giveBack(buffers: Iterable<Uint8Array>): void {
  for (const bytes of buffers) {
    const lender = lenders.get(bytes);
    if (lender === undefined) continue;
    lenders.delete(bytes);
    lender.takeBack(bytes);
  }
}
