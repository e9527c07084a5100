import type { TopicPartition } from '../topic-partition.ts';
import type { ConsumedMessage } from './consumed-message.ts';

/** Messages of one partition, in their order. */
export interface MessageBatch<Message = ConsumedMessage> extends TopicPartition {
  readonly messages: readonly Message[];
  /** The end of what can be read, as of the fetch. */
  readonly highWatermark: number;
}
