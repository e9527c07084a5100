import type { Admin, PartitionProducers, TransactionDescription } from '@tidelog/client';
import type { Call } from '../command/call.ts';
import { type ConnectionSettings, withClient } from '../connection/with-client.ts';
import { partitionsOf, type TopicChoice } from '../offsets/chosen-partitions.ts';
import { isoTime } from '../records/message-format.ts';
import { type OutputSettings, writeRows } from '../terminal/output.ts';
import { comparePartitions } from '../topic-partitions.ts';

export interface FindHangingSettings extends ConnectionSettings, OutputSettings {
  readonly topic: readonly TopicChoice[];
  readonly olderThan: number;
}

/** A transaction that is open in a partition, and that no coordinator will end. */
export interface HangingRow {
  readonly topic: string;
  readonly partition: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
  readonly startOffset: number;
  readonly lastTimestamp: number;
}

export async function findHangingTransactions(call: Call<FindHangingSettings>): Promise<void> {
  const rows = await withClient(call, (client) => findHanging(client.admin(), call.settings));
  if (rows.length === 0) call.terminal.tell('No transaction hangs.\n');
  await writeRows(call, rows, [
    ['TOPIC', (row) => row.topic],
    ['PARTITION', (row) => row.partition],
    ['PRODUCER-ID', (row) => row.producerId],
    ['EPOCH', (row) => row.producerEpoch],
    ['COORDINATOR-EPOCH', (row) => row.coordinatorEpoch],
    ['START-OFFSET', (row) => row.startOffset],
    ['LAST-WRITTEN', (row) => isoTime(row.lastTimestamp)],
  ]);
}

/** Open for longer than any producer may take, and unknown to its coordinator (KIP-664). */
export async function findHanging(
  admin: Admin,
  { topic: choices, olderThan }: Pick<FindHangingSettings, 'topic' | 'olderThan'>,
): Promise<HangingRow[]> {
  const topics =
    choices.length > 0
      ? choices
      : (await admin.listTopics()).map(({ topic }) => ({ topic, partitions: null }));
  const partitions = await partitionsOf(admin, topics);
  const producers = await admin.describeProducers(partitions, { onFailure: () => {} });
  const open = openTransactions(producers, Date.now() - olderThan);
  if (open.length === 0) return [];
  const producerIds = [...new Set(open.map(({ producerId }) => producerId))];
  const listed = await admin.listTransactions({ producerIds });
  const described = await admin.describeTransactions(
    listed.map(({ transactionalId }) => transactionalId),
    { onFailure: () => {} },
  );
  return open.filter((row) => !isKnown(row, described)).toSorted(comparePartitions);
}

/** Those that were last written to before this time. */
export function openTransactions(
  partitions: readonly PartitionProducers[],
  beforeMs: number,
): HangingRow[] {
  return partitions.flatMap(({ topic, partition, producers }) =>
    producers
      .filter((producer) => producer.currentTransactionStartOffset !== null)
      .filter(({ lastTimestamp }) => lastTimestamp < beforeMs)
      .map((producer) => ({
        topic,
        partition,
        producerId: producer.producerId,
        producerEpoch: producer.producerEpoch,
        coordinatorEpoch: producer.coordinatorEpoch,
        startOffset: producer.currentTransactionStartOffset!,
        lastTimestamp: producer.lastTimestamp,
      })),
  );
}

const openStates = new Set(['Ongoing', 'PrepareCommit', 'PrepareAbort', 'PrepareEpochFence']);

/** A coordinator will end it: it has the transaction, with this producer and partition. */
export function isKnown(
  { topic, partition, producerId, producerEpoch }: HangingRow,
  transactions: readonly TransactionDescription[],
): boolean {
  return transactions.some(
    (transaction) =>
      transaction.producerId === producerId &&
      transaction.producerEpoch >= producerEpoch &&
      openStates.has(transaction.state) &&
      transaction.partitions.some(
        (place) => place.topic === topic && place.partition === partition,
      ),
  );
}
