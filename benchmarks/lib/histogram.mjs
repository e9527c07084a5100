/** Latencies counted in buckets of fixed bounds: constant memory, and no sample costs garbage. */

const perOctave = 64; // a bucket is at most 1.6 % wide
const octaves = 26; // from a microsecond to a minute
const smallestMs = 1e-3;

export class Histogram {
  #counts = new Float64Array(perOctave * octaves);
  count = 0;

  /** @param {number} ms */
  record(ms) {
    const octave = Math.log2(Math.max(ms, smallestMs) / smallestMs);
    const bucket = Math.min(this.#counts.length - 1, Math.floor(octave * perOctave));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.count++;
  }

  /**
   * @param {number} fraction 0.99 is the 99th percentile
   * @returns {number} ms, the middle of its bucket; NaN of no samples
   */
  quantile(fraction) {
    const rank = Math.min(this.count, Math.floor(this.count * fraction) + 1);
    let seen = 0;
    for (let bucket = 0; this.count > 0 && bucket < this.#counts.length; bucket++) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= rank) return smallestMs * 2 ** ((bucket + 0.5) / perOctave);
    }
    return Number.NaN;
  }

  clear() {
    this.#counts.fill(0);
    this.count = 0;
  }
}
