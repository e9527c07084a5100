import { BatchBuilder } from '@tidelog/protocol';
import type { ProducerSettings } from './producer-settings.ts';

/** A builder of this much more than a batch does not grow for the last record. */
const BUILDER_SLACK = 64;
const MOST_BUILDERS = 256;
/** Of the buffer memory, what builders that have grown may hold beside it while they wait. */
const GROWN_SHARE = 1 / 8;

/** Builders whose batches are done, for those to come. */
export class BuilderPool {
  readonly #sizeBytes: number;
  readonly #mostBuilders: number;
  readonly #mostGrownBytes: number;
  readonly #builders: BatchBuilder[] = [];
  /** For what is compressed only: a batch that is not leaves in its builder's memory, which is counted. */
  readonly #grown: BatchBuilder[] = [];
  #grownBytes = 0;

  constructor({ batchSizeBytes, bufferMemoryBytes }: ProducerSettings) {
    this.#sizeBytes = batchSizeBytes + BUILDER_SLACK;
    this.#mostBuilders = Math.min(bufferMemoryBytes / Math.max(1, batchSizeBytes), MOST_BUILDERS);
    this.#mostGrownBytes = bufferMemoryBytes * GROWN_SHARE;
  }

  /** For a batch of this codec. */
  take(codec: number): BatchBuilder {
    const grown = codec === 0 ? undefined : this.#grown.pop();
    if (grown !== undefined) this.#grownBytes -= grown.capacityBytes;
    return grown ?? this.#builders.pop() ?? new BatchBuilder(this.#sizeBytes);
  }

  giveBack(builder: BatchBuilder): void {
    const { capacityBytes } = builder;
    if (capacityBytes <= this.#sizeBytes) {
      if (this.#builders.length >= this.#mostBuilders) return;
      this.#builders.push(builder);
    } else {
      if (this.#grownBytes + capacityBytes > this.#mostGrownBytes) return;
      this.#grownBytes += capacityBytes;
      this.#grown.push(builder);
    }
    builder.reset();
  }
}
