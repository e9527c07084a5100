/** How fast an estimate follows what is observed: slowly to less, at once or nearly so to more. */
const IMPROVING_STEP = 0.005;
const WORSENING_STEP = 0.05;
/** A batch shall turn out too small sooner than too large. */
const MARGIN = 1.05;

/**
 * What share of their bytes the records of a topic leave with, by codec, judged by the batches before: a
 * batch is filled until it is expected to have `batch.size` on the wire. As Java's producer estimates it.
 */
export class CompressionRatios {
  /** By topic, then by the codec's number. */
  readonly #topics = new Map<string, number[]>();

  /** The share that is to be reckoned with; 1 without a codec. */
  expected(topic: string, codec: number): number {
    return codec === 0 ? 1 : MARGIN * (this.#topics.get(topic)?.[codec] ?? 1);
  }

  /** A batch came out with this share of its bytes. */
  observed(topic: string, codec: number, ratio: number): void {
    const before = this.#topics.get(topic)?.[codec] ?? 1;
    const now =
      ratio > before
        ? Math.max(ratio, before + WORSENING_STEP)
        : Math.max(ratio, before - IMPROVING_STEP);
    this.#set(topic, codec, now);
  }

  /** A batch was too large for its topic: the next ones are filled as if nothing could be compressed. */
  refused(topic: string, codec: number): void {
    if (codec !== 0) this.#set(topic, codec, 1);
  }

  #set(topic: string, codec: number, ratio: number): void {
    let ratios = this.#topics.get(topic);
    if (ratios === undefined) this.#topics.set(topic, (ratios = []));
    ratios[codec] = ratio;
  }
}
