import { addSequence } from '@tidelog/protocol';
import type { ProducerBatch, ProducerIdentity } from './producer-batch.ts';

/** What waits for one partition, in order, and where the producer's sequence stands there. */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  /** Not on the wire. Those that were sent before, and have a sequence, come first. */
  readonly batches: ProducerBatch[] = [];
  /** Batches on the wire. */
  onWire = 0;
  /** With a sequence and without an outcome, on the wire or waiting to be sent again, in order. */
  readonly sequenced: ProducerBatch[] = [];
  /** Of the topic that batches were sent to last; null before, and where they went by its name. */
  topicId: string | null = null;
  identity: ProducerIdentity | null = null;
  nextSequence = 0;
  lastAckedSequence = -1;
  /** A leader of the topic's partition has acknowledged a batch: it knows the producer. */
  isFounded = false;
  /** The sequence is broken: it starts anew in the next epoch, when nothing is on the wire. */
  needsNewEpoch = false;
  /** A batch was given up of which nobody knows whether it was written. */
  unresolved = false;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  get head(): ProducerBatch | undefined {
    return this.batches[0];
  }

  get tail(): ProducerBatch | undefined {
    return this.batches[this.batches.length - 1];
  }

  /** Puts batches back that were sent already: before all others, in the order of their sequences. */
  putBack(...batches: ProducerBatch[]): void {
    for (const batch of batches.toReversed()) {
      let at = 0;
      if (batch.hasSequence) {
        const place = this.sequenced.indexOf(batch);
        while (at < this.batches.length) {
          const other = this.sequenced.indexOf(this.batches[at]!);
          if (other < 0 || other > place) break;
          at++;
        }
      }
      this.batches.splice(at, 0, batch);
    }
  }

  remove(batch: ProducerBatch): void {
    const at = this.batches.indexOf(batch);
    if (at >= 0) this.batches.splice(at, 1);
  }

  /** The topic was deleted and created anew, and what is not answered can only have met the old one. */
  isOfOtherTopic(id: string | null): boolean {
    if (this.topicId === null || id === null || this.topicId === id) return false;
    return !this.sequenced.some(({ sentByName }) => sentByName);
  }

  /** Gives a batch that leaves for the first time the next sequence. */
  assignSequence(batch: ProducerBatch): void {
    batch.setSequence(this.identity!, this.nextSequence);
    this.nextSequence = addSequence(this.nextSequence, batch.recordCount);
    this.sequenced.push(batch);
  }

  /** A batch has its outcome. */
  completeSequence(batch: ProducerBatch, acked: boolean): void {
    const at = this.sequenced.indexOf(batch);
    if (at >= 0) this.sequenced.splice(at, 1);
    if (!acked) return;
    this.isFounded = true;
    if (!this.isPassed(batch)) this.lastAckedSequence = batch.lastSequence;
  }

  /** The batch follows what the broker has acknowledged, so a gap before it is the broker's. */
  isNext(batch: ProducerBatch): boolean {
    return batch.baseSequence === this.#afterAcked();
  }

  /** What comes after the batch was acknowledged. */
  isPassed({ baseSequence }: ProducerBatch): boolean {
    if (this.lastAckedSequence < 0) return false;
    const ahead = (this.lastAckedSequence - baseSequence) & 0x7fffffff; // sequences wrap
    return ahead < 0x40000000;
  }

  /** Nothing is missing between what was acknowledged and what comes next. */
  get isComplete(): boolean {
    return this.nextSequence === this.#afterAcked();
  }

  /** Numbers from 0 under another identity; batches that are to be sent again get new sequences. */
  restart(identity: ProducerIdentity): void {
    this.identity = identity;
    this.nextSequence = 0;
    this.lastAckedSequence = -1;
    this.needsNewEpoch = false;
    this.unresolved = false;
    for (const batch of this.sequenced) {
      batch.setSequence(identity, this.nextSequence);
      this.nextSequence = addSequence(this.nextSequence, batch.recordCount);
    }
  }

  #afterAcked(): number {
    return this.lastAckedSequence < 0 ? 0 : addSequence(this.lastAckedSequence, 1);
  }
}
