import type { ProducerMessage, SentRecord } from './message.ts';
import type { ProducerBatch } from './producer-batch.ts';

/** Messages that follow each other, as do their records in a batch. */
interface Stretch {
  readonly first: number;
  readonly batch: ProducerBatch;
  readonly firstIndex: number;
  count: number;
}

/**
 * The records of one call of `send` or `sendAll`, and where they have their places: an entry for each stretch
 * that goes into one batch, not for each record.
 */
export class SendRun {
  readonly messages: readonly ProducerMessage[];
  /** The time of the call, for records without a time of their own. */
  readonly now: number;
  /** Of the batches that take its records, by its number on the wire. */
  readonly codec: number;
  readonly #stretches: Stretch[] = [];
  #last: Stretch | null = null;
  #failure: unknown;
  #failed = false;

  constructor(messages: readonly ProducerMessage[], now: number, codec: number) {
    this.messages = messages;
    this.now = now;
    this.codec = codec;
  }

  /** The record of message `i` is the last one of the batch. */
  placed(i: number, batch: ProducerBatch): void {
    const index = batch.recordCount - 1;
    const last = this.#last;
    if (last !== null && last.batch === batch && last.first + last.count === i) {
      last.count++;
      return;
    }
    this.#last = { first: i, batch, firstIndex: index, count: 1 };
    this.#stretches.push(this.#last);
  }

  /** The record of a message will not be sent. */
  failed(error: unknown): void {
    if (!this.#failed) this.#failure = error;
    this.#failed = true;
  }

  /** When every record has its outcome: the results in the order of the messages; throws the first failure. */
  async results(): Promise<SentRecord[]> {
    const stretches = this.#stretches;
    for (const { batch } of stretches) if (!batch.isDone) await batch.done;
    if (this.#failed) throw this.#failure as Error;
    // Those that waited may have found their places before others.
    stretches.sort((a, b) => a.first - b.first);
    const results: SentRecord[] = [];
    results.length = this.messages.length;
    let at = 0;
    for (const { first, batch, firstIndex, count } of stretches) {
      for (let k = 0; k < count; k++) {
        const own = this.messages[first + k]!.timestamp ?? this.now;
        results[at++] = batch.result(firstIndex + k, own);
      }
    }
    return results;
  }
}
