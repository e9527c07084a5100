import type { Admin, CommittedOffset, TopicPartition } from '@tidelog/client';
import { CallError, CommandError } from '../command-error.ts';
import type { Call } from '../command/call.ts';
import { type ConnectionSettings, withClient } from '../connection/with-client.ts';
import { partitionsOf, type TopicChoice } from '../offsets/chosen-partitions.ts';
import { parsePlace } from '../offsets/offset-range.ts';
import { resolveRanges } from '../offsets/resolve-ranges.ts';
import { confirm, type ConfirmSettings } from '../terminal/confirm.ts';
import { type OutputSettings, writeRows } from '../terminal/output.ts';
import { keyOf } from '../topic-partitions.ts';
import { counted } from '../terminal/counted.ts';

export interface SeekGroupSettings extends ConnectionSettings, OutputSettings, ConfirmSettings {
  readonly to?: string;
  readonly shift?: number;
  readonly topic: readonly TopicChoice[];
  readonly dryRun?: boolean;
}

/** Where a group was and will be in one partition. */
export interface MovedOffset {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly currentOffset: number | null;
  readonly newOffset: number;
  readonly logEndOffset: number;
  readonly newLag: number;
}

/** Moves a group that has no members: to a place, or by so many offsets; never out of the logs. */
export async function seekGroup(call: Call<SeekGroupSettings>): Promise<void> {
  const { settings } = call;
  const [group] = call.args as [string];
  checkTarget(settings);
  await withClient(call, async (client) => {
    const admin = client.admin();
    const committed = await admin.listGroupOffsets(group);
    const rows = await plan(admin, { group, committed, settings });
    if (!settings.dryRun) {
      await confirm(call, `Move group ${group} in ${counted(rows.length, 'partition')}?`);
      await admin.alterGroupOffsets(
        group,
        rows.map(({ topic, partition, newOffset }) => ({ topic, partition, offset: newOffset })),
      );
    }
    await writeRows(call, rows, [
      ['GROUP', (row) => row.group],
      ['TOPIC', (row) => row.topic],
      ['PARTITION', (row) => row.partition],
      ['CURRENT-OFFSET', (row) => row.currentOffset],
      ['NEW-OFFSET', (row) => row.newOffset],
      ['LOG-END-OFFSET', (row) => row.logEndOffset],
      ['NEW-LAG', (row) => row.newLag],
    ]);
  });
}

function checkTarget({ to, shift }: SeekGroupSettings): void {
  if ((to === undefined) === (shift === undefined)) {
    throw new CallError('say where to: --to start, end, an offset, a time, or --shift N');
  }
}

async function plan(
  admin: Admin,
  options: {
    group: string;
    committed: readonly CommittedOffset[];
    settings: SeekGroupSettings;
  },
): Promise<MovedOffset[]> {
  const { group, committed, settings } = options;
  const current = new Map(committed.map((place) => [keyOf(place), place.offset]));
  const chosen: readonly TopicPartition[] =
    settings.topic.length === 0 ? committed : await partitionsOf(admin, settings.topic);
  const partitions = chosen.map(({ topic, partition }) => ({ topic, partition }));
  if (partitions.length === 0) {
    throw new CommandError(`group ${group} has no offsets; name topics with --topic`);
  }
  const from = parsePlace(settings.to ?? 'start', Date.now());
  const ranges = await resolveRanges(admin, partitions, { from, until: null });
  return ranges.map((range): MovedOffset => {
    const { topic, partition, logStartOffset, logEndOffset } = range;
    const currentOffset = current.get(keyOf(range)) ?? null;
    const wanted =
      settings.shift === undefined
        ? range.from
        : (currentOffset ?? logStartOffset) + settings.shift;
    const newOffset = Math.min(Math.max(wanted, logStartOffset), logEndOffset);
    const newLag = logEndOffset - newOffset;
    return { group, topic, partition, currentOffset, newOffset, logEndOffset, newLag };
  });
}
