import type { Piece } from '@tidelog/platform';

/** Whose bytes a reader holds: memory that will be used again, or a file that stays open for them. */
export interface Lender<Lent extends Piece> {
  /** The reader is done with `lent`, which is what it got. */
  takeBack(lent: Lent): void;
}

const lenders = new WeakMap<Piece, Lender<Piece>>();

/** Notes that `bytes` are lent, until they come back or nobody has them any more. */
export function lend<Lent extends Piece>(bytes: Lent, lender: Lender<Lent>): Lent {
  lenders.set(bytes, lender);
  return bytes;
}

/**
 * Gives back what reads lent, those very pieces: their bytes may be others at once. What was not lent, or is
 * back already, is left alone.
 */
export function giveBack(pieces: Iterable<Piece>): void {
  for (const lent of pieces) {
    const lender = lenders.get(lent);
    if (lender === undefined) continue;
    lenders.delete(lent);
    lender.takeBack(lent);
  }
}
