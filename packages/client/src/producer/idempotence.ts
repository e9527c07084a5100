import type { ClientErrorCode } from '../client-error.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { ProducerBatch, ProducerIdentity } from './producer-batch.ts';

const MAX_EPOCH = 32767;

/**
 * The rules that keep exactly one copy of each record in order (KIP-98, KIP-360): each batch of a
 * partition follows the one before it by its sequence, a broker refuses gaps and knows repetitions.
 *
 * - A batch that is sent again keeps its sequence, and only the first without an outcome is sent again.
 * - Where the sequence is broken, the partition starts anew at 0 in the next epoch, as soon as nothing of
 *   it is on the wire: until then an answer may come that says what was written.
 * - A batch that is given up without an answer leaves a doubt; new batches wait until it is resolved.
 *
 * Pure: it decides, the sender acts.
 */
export class Idempotence {
  #identity: ProducerIdentity | null = null;

  /** Null: an InitProducerId is due. */
  get identity(): ProducerIdentity | null {
    return this.#identity;
  }

  initialized(identity: ProducerIdentity): void {
    this.#identity = identity;
  }

  /** May the first batch of the queue be sent now? Prepares the queue where it may. */
  admits(queue: PartitionQueue): boolean {
    this.settle(queue);
    if (this.#identity === null || queue.needsNewEpoch) return false;
    const head = queue.head!;
    if (head.hasSequence) return queue.sequenced[0] === head;
    if (queue.unresolved) return false;
    if (queue.identity !== this.#identity) {
      if (queue.sequenced.length > 0) return false;
      queue.restart(this.#identity);
    }
    return true;
  }

  /** Starts a broken sequence anew when the time for it has come. */
  settle(queue: PartitionQueue): void {
    if (queue.unresolved && queue.sequenced.length === 0) {
      queue.unresolved = false;
      if (!queue.isComplete) queue.needsNewEpoch = true;
    }
    if (!queue.needsNewEpoch || queue.onWire > 0 || this.#identity === null) return;
    const { producerId, epoch } = this.#identity;
    // An identity that another partition's break has brought is new to this one already.
    if (queue.identity === this.#identity) {
      this.#identity = epoch >= MAX_EPOCH ? null : { producerId, epoch: epoch + 1 };
    }
    if (this.#identity !== null) queue.restart(this.#identity);
    else queue.identity = null;
  }

  /** Is a batch to be sent again that a broker refused? */
  retries(
    queue: PartitionQueue,
    batch: ProducerBatch,
    error: ClientErrorCode,
    retriable: boolean,
  ): boolean {
    if (error === 'UNKNOWN_PRODUCER_ID') {
      queue.needsNewEpoch = true;
      return true;
    }
    if (error === 'OUT_OF_ORDER_SEQUENCE_NUMBER') {
      // What precedes the batch is to be sent again too, or it is lost and cannot be waited for.
      if (queue.unresolved || queue.isNext(batch)) queue.needsNewEpoch = true;
      return true;
    }
    return retriable;
  }

  succeeded(queue: PartitionQueue, batch: ProducerBatch): void {
    queue.completeSequence(batch, true);
  }

  /** The broker refused it for good, so its sequences will never be used. */
  refused(queue: PartitionQueue, batch: ProducerBatch): void {
    queue.completeSequence(batch, false);
    queue.needsNewEpoch = true;
  }

  /** Its time was over; if it was ever sent, it may have been written. */
  expired(queue: PartitionQueue, batch: ProducerBatch): void {
    if (!batch.hasSequence) return;
    queue.completeSequence(batch, false);
    queue.unresolved = true;
  }

  /** Smaller batches take the place of one that was too large. */
  split(queue: PartitionQueue, batch: ProducerBatch, parts: readonly ProducerBatch[]): void {
    const at = queue.sequenced.indexOf(batch);
    if (at >= 0) queue.sequenced.splice(at, 1, ...parts);
  }
}
