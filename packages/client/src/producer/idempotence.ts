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
 * - A leader that knows nothing of the producer takes any sequence. So the first batch for a topic's partition
 *   goes alone: were it refused for a moment and those behind it taken, it could never follow.
 * - A batch that is given up without an answer leaves a doubt; new batches wait until it is resolved.
 *
 * Pure: it decides, the sender acts.
 */
export class Idempotence {
  readonly #coordinated: boolean;
  #identity: ProducerIdentity | null = null;

  /** `coordinated`: epochs are given out by a transaction coordinator, never taken. */
  constructor(coordinated = false) {
    this.#coordinated = coordinated;
  }

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
    if (!queue.isFounded && queue.sequenced.length > 0) return false;
    if (queue.identity !== this.#identity) {
      if (queue.sequenced.length > 0) return false;
      queue.restart(this.#identity);
    }
    return true;
  }

  /**
   * Another topic has the name now, whose partitions know nothing of the sequences of the old one. What has no
   * answer goes to the new one in an epoch of its own: metadata may still go back and forth between the two.
   * `wait`: requests to the old one are under way; `lost`: a transaction has lost records with it.
   */
  recreated(queue: PartitionQueue): 'go' | 'wait' | 'lost' {
    if (queue.onWire > 0) return 'wait';
    queue.topicId = null;
    queue.isFounded = false;
    if (!this.#coordinated) queue.needsNewEpoch = true;
    else if (queue.identity === this.#identity) return 'lost';
    return 'go';
  }

  /** Starts a broken sequence anew when the time for it has come. */
  settle(queue: PartitionQueue): void {
    // What is on the wire may still tell what became of a batch that was given up.
    if (queue.unresolved && queue.sequenced.length === 0 && queue.onWire === 0) {
      queue.unresolved = false;
      if (!queue.isComplete) queue.needsNewEpoch = true;
    }
    if (!queue.needsNewEpoch || queue.onWire > 0 || this.#identity === null) return;
    if (this.#coordinated) {
      if (queue.identity !== this.#identity) queue.restart(this.#identity);
      return;
    }
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
    // Nothing that is broken in a transaction is mended before its abort.
    const canMend = !this.#coordinated;
    if (error === 'UNKNOWN_PRODUCER_ID' && canMend) {
      queue.needsNewEpoch = true;
      return true;
    }
    if (error === 'OUT_OF_ORDER_SEQUENCE_NUMBER') {
      // What precedes the batch is to be sent again too, or it is lost and cannot be waited for.
      // One that others were acknowledged before was never written, and would wait for its turn in vain.
      const mayFollow = !queue.isNext(batch) && !queue.isPassed(batch);
      if (!queue.unresolved && mayFollow) return true;
      queue.needsNewEpoch = true;
      return canMend;
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
