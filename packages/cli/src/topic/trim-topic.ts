import { CallError } from '../command-error.ts';
import type { Call } from '../command/call.ts';
import { type ConnectionSettings, withClient } from '../connection/with-client.ts';
import { parsePlace } from '../offsets/offset-range.ts';
import { type PartitionRange, resolveRanges } from '../offsets/resolve-ranges.ts';
import { confirm, type ConfirmSettings } from '../terminal/confirm.ts';
import { type OutputSettings, writeRows } from '../terminal/output.ts';
import { counted } from '../terminal/counted.ts';

export interface TrimTopicSettings extends ConnectionSettings, OutputSettings, ConfirmSettings {
  readonly before?: string;
  readonly partition?: readonly number[];
  readonly dryRun?: boolean;
}

/** What is done to one partition. */
export interface TrimmedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly logStartOffset: number;
  readonly newLogStartOffset: number;
  readonly logEndOffset: number;
}

export async function trimTopic(call: Call<TrimTopicSettings>): Promise<void> {
  const { settings } = call;
  const [topic] = call.args as [string];
  if (settings.before === undefined) {
    throw new CallError('say where to stop: --before OFFSET, end or a time such as @-7d');
  }
  const from = parsePlace(settings.before, Date.now());
  await withClient(call, async (client) => {
    const admin = client.admin();
    const [described] = await admin.describeTopics([topic]);
    const partitions = described!.partitions.filter(
      ({ partition }) => settings.partition?.includes(partition) ?? true,
    );
    const ranges = await resolveRanges(admin, partitions, { from, until: null });
    const rows = ranges.map(trimmed);
    const count = rows.reduce((sum, row) => sum + row.newLogStartOffset - row.logStartOffset, 0);
    if (!settings.dryRun && count > 0) {
      await confirm(call, `Delete ${counted(count, 'offset')} of ${topic}?`);
      await admin.deleteRecords(
        rows
          .filter((row) => row.newLogStartOffset > row.logStartOffset)
          .map(({ partition, newLogStartOffset }) => ({
            topic,
            partition,
            offset: newLogStartOffset,
          })),
      );
    }
    await writeRows(call, rows, [
      ['TOPIC', (row) => row.topic],
      ['PARTITION', (row) => row.partition],
      ['LOG-START-OFFSET', (row) => row.logStartOffset],
      ['NEW-LOG-START-OFFSET', (row) => row.newLogStartOffset],
      ['LOG-END-OFFSET', (row) => row.logEndOffset],
    ]);
  });
}

/** A log start offset never goes back, nor beyond the end. */
function trimmed(range: PartitionRange): TrimmedPartition {
  const { topic, partition, logStartOffset, logEndOffset, from } = range;
  const newLogStartOffset = Math.min(Math.max(from, logStartOffset), logEndOffset);
  return { topic, partition, logStartOffset, newLogStartOffset, logEndOffset };
}
