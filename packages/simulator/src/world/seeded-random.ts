import { createHash } from 'node:crypto';
import { DerivedRandom } from '@tidelog/platform';

/** Random numbers that a seed decides: sfc32 (Chris Doty-Humphrey's Small Fast Counter). */
export class SeededRandom extends DerivedRandom {
  readonly #seed: string;
  readonly #state: Uint32Array;

  constructor(seed: number | string) {
    super();
    this.#seed = String(seed);
    const digest = createHash('sha256').update(this.#seed).digest();
    this.#state = Uint32Array.of(
      digest.readUInt32LE(0),
      digest.readUInt32LE(4),
      digest.readUInt32LE(8),
      1,
    );
  }

  /**
   * A stream of its own for one part of the world: what one part draws, or a part that is added,
   * leaves the others' numbers as they were.
   */
  fork(name: string): SeededRandom {
    return new SeededRandom(`${this.#seed}/${name}`);
  }

  override uint32(): number {
    const s = this.#state;
    const [a, b, c, counter] = s as unknown as [number, number, number, number];
    const result = (a + b + counter) >>> 0;
    s[0] = b ^ (b >>> 9);
    s[1] = c + (c << 3);
    s[2] = ((c << 21) | (c >>> 11)) + result;
    s[3] = counter + 1;
    return result;
  }

  /** True once in `odds` draws on average. */
  oneIn(odds: number): boolean {
    return this.below(odds) === 0;
  }
}
