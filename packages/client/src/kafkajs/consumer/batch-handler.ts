import type { MessageBatch } from '../../index.ts';
import type { TopicPartition } from '../../topic-partition.ts';
import type { Offsets } from '../types.ts';
import { type Batch, type EachBatchPayload, type EachMessagePayload, kafkaBatch } from './batch.ts';

export interface Handlers {
  readonly eachMessage?: ((payload: EachMessagePayload) => Promise<void>) | undefined;
  readonly eachBatch?: ((payload: EachBatchPayload) => Promise<void>) | undefined;
  /** Whether a batch counts as resolved when its handler returns. */
  readonly eachBatchAutoResolve: boolean;
}

/** What a batch's handling needs of the consumer. */
export interface HandlingConsumer {
  isRunning(): boolean;
  /** Somebody went elsewhere in the partition, or it is not ours any more. */
  isStale(place: TopicPartition): boolean;
  isPaused(place: TopicPartition): boolean;
  pause(place: TopicPartition): () => void;
  /** `offset` is of the message that is done; says nothing where the partition was left behind. */
  resolve(place: TopicPartition, offset: number): void;
  commitIfDue(): Promise<void>;
  commit(offsets: Offsets): Promise<void>;
  uncommitted(): Offsets;
}

/** Hands the messages of a batch from this offset on to the program, until a pause, a seek or the end. */
export async function handleBatch(
  fetched: MessageBatch,
  fromOffset: number,
  { handlers, consumer }: { handlers: Handlers; consumer: HandlingConsumer },
): Promise<void> {
  const batch = kafkaBatch(fetched, fromOffset);
  if (handlers.eachMessage !== undefined) await eachMessage(batch, handlers.eachMessage, consumer);
  else if (handlers.eachBatch !== undefined) await eachBatch(batch, handlers, consumer);
}

async function eachMessage(
  { topic, partition, messages }: Batch,
  handler: NonNullable<Handlers['eachMessage']>,
  consumer: HandlingConsumer,
): Promise<void> {
  const place = { topic, partition };
  const heartbeat = (): Promise<void> => Promise.resolve();
  const pause = (): (() => void) => consumer.pause(place);
  for (const message of messages) {
    if (!consumer.isRunning() || consumer.isStale(place)) return;
    await handler({ topic, partition, message, heartbeat, pause });
    consumer.resolve(place, Number(message.offset));
    await consumer.commitIfDue();
    if (consumer.isPaused(place)) return;
  }
}

async function eachBatch(
  batch: Batch,
  { eachBatch: handler, eachBatchAutoResolve }: Handlers,
  consumer: HandlingConsumer,
): Promise<void> {
  const place = { topic: batch.topic, partition: batch.partition };
  const resolve = (offset: string): void => consumer.resolve(place, Number(offset));
  await handler!({
    batch,
    resolveOffset: resolve,
    // Members tell that they live by themselves, however long a handler takes.
    heartbeat: () => Promise.resolve(),
    pause: () => consumer.pause(place),
    commitOffsetsIfNecessary: (offsets) =>
      offsets === undefined ? consumer.commitIfDue() : consumer.commit(offsets),
    uncommittedOffsets: () => consumer.uncommitted(),
    isRunning: () => consumer.isRunning(),
    isStale: () => consumer.isStale(place),
  });
  if (eachBatchAutoResolve) resolve(batch.lastOffset());
}
