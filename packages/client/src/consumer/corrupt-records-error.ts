import { KafkaClientError } from '../client-error.ts';
import { keyOf, type TopicPartition } from '../topic-partition.ts';

/**
 * Records that cannot be read: their checksum is wrong, or their format. The consumer stays before them
 * until they are skipped, or someone seeks past them.
 */
export class CorruptRecordsError extends KafkaClientError implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  /** Of the first message that cannot be read. */
  readonly offset: number;
  readonly #skip: () => void;

  constructor(place: TopicPartition, offset: number, problem: string, skip: () => void) {
    const message = `${keyOf(place)}: the batch at offset ${offset} cannot be read: ${problem}; skip it, or seek past it, to go on`;
    super('CORRUPT_MESSAGE', message);
    this.topic = place.topic;
    this.partition = place.partition;
    this.offset = offset;
    this.#skip = skip;
  }

  /** Passes over the batch: the next message is the one after it. */
  skip(): void {
    this.#skip();
  }
}
