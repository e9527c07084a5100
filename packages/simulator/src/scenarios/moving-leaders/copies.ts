import { Violation } from '../../scenario.ts';

/** A record of the source, by the offset that the source's reader has found it at. */
type Values = readonly string[];

/**
 * Holds committed copies against their source: each record of it once and in order, as far as the notes say
 * that it was copied. A transaction that was torn has a note without copies, or copies without a note.
 */
export function checkCopies(found: {
  /** By partition, from offset 0 on without holes. */
  readonly source: readonly Values[];
  readonly copies: readonly Values[];
  /** `partition first last`, in the order of the log. */
  readonly notes: Values;
  /** How far the group of copiers has come, by partition. */
  readonly committed: ReadonlyMap<number, number>;
}): void {
  found.source.forEach((source, partition) => {
    const copies = found.copies[partition] ?? [];
    let noted = 0;
    for (const note of found.notes) {
      const [of, first, last] = note.split(' ').map(Number) as [number, number, number];
      if (of !== partition) continue;
      if (first !== noted) {
        throw new Violation(`partition ${of}: noted from ${first} on, after ${noted - 1}`);
      }
      noted = last + 1;
    }
    const expected = source.slice(0, noted);
    const wrong = expected.findIndex((value, at) => copies[at] !== value);
    if (wrong >= 0 || copies.length !== noted) {
      const at = wrong >= 0 ? wrong : Math.min(noted, copies.length);
      throw new Violation(
        `partition ${partition}: copy ${at} of ${copies.length} is '${copies[at]}', ` +
          `noted are ${noted}, there was '${source[at]}'`,
      );
    }
    const committed = found.committed.get(partition) ?? 0;
    if (committed !== noted) {
      throw new Violation(`partition ${partition}: ${noted} copied, committed to ${committed}`);
    }
  });
}
