import { invalidArgument, KafkaClientError } from '../client-error.ts';
import type { MessageBatch } from '../consumer/message-batch.ts';
import type { Consumer } from '../consumer/consumer.ts';
import type { Producer } from '../producer/producer.ts';
import type { Transaction } from '../producer/transaction/transaction.ts';

export interface ProcessOptions {
  /**
   * A member of a group that reads `read_committed` and leaves commits to the transactions
   * (`autoCommit: false`), and has subscribed.
   */
  readonly consumer: Consumer;
  /** With a `transactionalId` that no other running producer has. */
  readonly producer: Producer;
  /**
   * Sends what follows from a batch in its transaction. A batch whose transaction is aborted, because
   * this throws an abortable error or a broker asks for it, comes again; any other error ends the
   * processing, and whoever goes on with the partition gets the batch again.
   */
  readonly onBatch: (batch: MessageBatch, transaction: Transaction) => unknown;
  /** Ends the processing after the batch in hand. */
  readonly signal?: AbortSignal;
}

/**
 * Consumes, transforms and produces exactly once: what is sent and the offsets of what it came from
 * are committed together, or not at all (KIP-98, KIP-447). Resolves when the consumer is closed or the
 * signal aborted; rejects with what no abort can mend, as the producer being fenced.
 *
 * @example
 * await processInTransactions({
 *   consumer: client.consumer({ groupId: 'totals', autoCommit: false, isolationLevel: 'read_committed' }),
 *   producer: client.producer({ transactionalId: 'totals-1' }),
 *   onBatch: ({ messages }, tx) =>
 *     tx.sendAll(messages.map(({ key, value }) => ({ topic: 'totals', key, value }))),
 * });
 */
export async function processInTransactions(options: ProcessOptions): Promise<void> {
  const { consumer, signal } = options;
  for await (const batch of consumer.batches({ signal })) {
    const { topic, partition, messages } = batch;
    try {
      await processBatch(options, batch);
    } catch (error) {
      if (!isAbortable(error)) throw error;
      // The next batch is this one again, where the partition is still this member's.
      const place = { topic, partition };
      const isOwned = consumer.assignment().some((own) => isSame(own, place));
      if (isOwned) consumer.seek(place, messages[0]!.offset);
    }
  }
}

async function processBatch(
  { consumer, producer, onBatch }: ProcessOptions,
  batch: MessageBatch,
): Promise<void> {
  const last = batch.messages.at(-1);
  if (last === undefined) throw invalidArgument('a batch has one message at least');
  const { topic, partition } = batch;
  // A rebalance changes who the consumer is: the broker refuses the offsets of one who is not it any more.
  const group = consumer.groupMetadata();
  await producer.transaction(async (transaction) => {
    await onBatch(batch, transaction);
    await transaction.sendOffsets([{ topic, partition, offset: last.offset + 1 }], group);
  });
}

/** The group has gone on without this member, or the transaction was aborted: both leave all as it was. */
const groupHasGoneOn: ReadonlySet<string> = new Set([
  'FENCED_MEMBER_EPOCH',
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
  'STALE_MEMBER_EPOCH',
  'UNKNOWN_MEMBER_ID',
]);

function isAbortable(error: unknown): boolean {
  if (!(error instanceof KafkaClientError) || error.transaction === 'fatal') return false;
  return error.transaction === 'abortable' || groupHasGoneOn.has(error.code);
}

const isSame = (
  a: { topic: string; partition: number },
  b: { topic: string; partition: number },
): boolean => a.topic === b.topic && a.partition === b.partition;
