import { CallError, CommandError } from '../command-error.ts';
import type { Call } from '../command/call.ts';
import { type ConnectionSettings, withClient } from '../connection/with-client.ts';
import { isoTime } from '../records/message-format.ts';
import { confirm, type ConfirmSettings } from '../terminal/confirm.ts';
import { type OutputSettings, writeDone, writeRows } from '../terminal/output.ts';
import { keyOf } from '../topic-partitions.ts';

export interface ListTransactionsSettings extends ConnectionSettings, OutputSettings {
  readonly state: readonly string[];
  readonly longerThan?: number;
}

export async function listTransactions(call: Call<ListTransactionsSettings>): Promise<void> {
  const { state: states, longerThan } = call.settings;
  const rows = await withClient(call, (client) =>
    client.admin().listTransactions({
      ...(states.length > 0 && { states }),
      ...(longerThan !== undefined && { minDurationMs: longerThan }),
    }),
  );
  await writeRows(call, rows, [
    ['TRANSACTIONAL-ID', ({ transactionalId }) => transactionalId],
    ['PRODUCER-ID', ({ producerId }) => producerId],
    ['STATE', ({ state }) => state],
  ]);
}

export async function describeTransactions(
  call: Call<ConnectionSettings & OutputSettings>,
): Promise<void> {
  const described = await withClient(call, (client) =>
    client.admin().describeTransactions(call.args),
  );
  const rows = described.map((transaction) => ({
    transactionalId: transaction.transactionalId,
    coordinator: transaction.coordinator,
    producerId: transaction.producerId,
    producerEpoch: transaction.producerEpoch,
    state: transaction.state,
    timeoutMs: transaction.timeoutMs,
    startTimeMs: transaction.startTimeMs,
    partitions: transaction.partitions.map(({ topic, partition }) => ({ topic, partition })),
  }));
  await writeRows(call, rows, [
    ['TRANSACTIONAL-ID', (row) => row.transactionalId],
    ['COORDINATOR', (row) => row.coordinator],
    ['PRODUCER-ID', (row) => row.producerId],
    ['EPOCH', (row) => row.producerEpoch],
    ['STATE', (row) => row.state],
    ['TIMEOUT-MS', (row) => row.timeoutMs],
    ['STARTED', (row) => (row.startTimeMs === null ? null : isoTime(row.startTimeMs))],
    ['PARTITIONS', (row) => row.partitions.map(keyOf).join(',')],
  ]);
}

export interface AbortSettings extends ConnectionSettings, ConfirmSettings, OutputSettings {
  readonly topic?: string;
  readonly partition?: number;
  readonly startOffset?: number;
  readonly dryRun?: boolean;
}

/** By its id, at the coordinator; or, where that no longer knows of it, in one partition. */
export async function abortTransaction(call: Call<AbortSettings>): Promise<void> {
  const { settings } = call;
  const [transactionalId] = call.args;
  const { topic, partition, startOffset } = settings;
  if (transactionalId === undefined) {
    if (topic === undefined || partition === undefined || startOffset === undefined) {
      throw new CallError(
        'name a transactional id, or with --topic, --partition and --start-offset where it hangs',
      );
    }
    return abortInPartition(call, { topic, partition, startOffset });
  }
  await withClient(call, async (client) => {
    const admin = client.admin();
    const [found] = await admin.describeTransactions([transactionalId]);
    const what = `${transactionalId} (${found!.state}, producer ${found!.producerId})`;
    const isAborted = !settings.dryRun;
    if (isAborted) {
      await confirm(call, `Abort ${what}, and shut its producer out?`);
      await admin.forceTerminateTransaction(transactionalId);
    }
    const { producerId, state } = found!;
    const row = { transactionalId, producerId, stateBefore: state, isAborted };
    await writeDone(call, [row], () =>
      isAborted ? `Aborted ${what}.` : `Would abort ${what}, and shut its producer out.`,
    );
  });
}

/** The transaction that began at this offset, as `txn find-hanging` names it. */
async function abortInPartition(
  call: Call<AbortSettings>,
  place: { topic: string; partition: number; startOffset: number },
): Promise<void> {
  const { topic, partition, startOffset } = place;
  await withClient(call, async (client) => {
    const admin = client.admin();
    const [found] = await admin.describeProducers([{ topic, partition }]);
    const producer = found!.producers.find(
      ({ currentTransactionStartOffset }) => currentTransactionStartOffset === startOffset,
    );
    if (producer === undefined) {
      throw new CommandError(`no transaction of ${keyOf(place)} begins at offset ${startOffset}`);
    }
    const { producerId, producerEpoch, coordinatorEpoch } = producer;
    const what = `the transaction of producer ${producerId} in ${keyOf(place)}`;
    const isAborted = !call.settings.dryRun;
    if (isAborted) {
      await confirm(call, `Abort ${what}?`);
      // A transaction that hangs may have had no marker from a coordinator yet.
      const epochs = { producerEpoch, coordinatorEpoch: Math.max(coordinatorEpoch, 0) };
      await admin.abortTransaction({ topic, partition, producerId, ...epochs });
    }
    const row = { topic, partition, producerId, startOffset, isAborted };
    await writeDone(call, [row], () => `${isAborted ? 'Aborted' : 'Would abort'} ${what}.`);
  });
}
