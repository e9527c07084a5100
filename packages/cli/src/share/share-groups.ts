import type { Admin, ShareGroupDescription } from '@tidelog/client';
import { CallError, CommandError } from '../command-error.ts';
import type { Call } from '../command/call.ts';
import { type ConnectionSettings, withClient } from '../connection/with-client.ts';
import { partitionsOf, type TopicChoice } from '../offsets/chosen-partitions.ts';
import { parsePlace } from '../offsets/offset-range.ts';
import { resolveRanges } from '../offsets/resolve-ranges.ts';
import { confirm, type ConfirmSettings } from '../terminal/confirm.ts';
import { type OutputSettings, writeDone, writeRows } from '../terminal/output.ts';
import { keyOf } from '../topic-partitions.ts';
import { counted } from '../terminal/counted.ts';

type ShareCall = Call<ConnectionSettings & OutputSettings>;

export async function listShareGroups(call: ShareCall): Promise<void> {
  const rows = await withClient(call, async (client) => {
    const listed = await client.admin().listGroups({ types: ['Share'] });
    return listed.map(({ groupId, state }) => ({ group: groupId, state }));
  });
  await writeRows(call, rows, [
    ['GROUP', ({ group }) => group],
    ['STATE', ({ state }) => state],
  ]);
}

/** What `kafka-share-groups --describe` shows: offsets, or members. */
export async function describeShareGroup(
  call: Call<ConnectionSettings & OutputSettings & { readonly members?: boolean }>,
): Promise<void> {
  const [groupId] = call.args as [string];
  await withClient(call, async (client) => {
    const admin = client.admin();
    const [group] = await admin.describeShareGroups([groupId]);
    if (group!.members.length === 0) {
      call.terminal.tell(`Share group ${groupId} has no active members.\n`);
    }
    if (call.settings.members) return writeMembers(call, group!);
    const rows = await offsetRows(admin, groupId);
    await writeRows(call, rows, [
      ['GROUP', (row) => row.group],
      ['TOPIC', (row) => row.topic],
      ['PARTITION', (row) => row.partition],
      ['START-OFFSET', (row) => row.startOffset],
      ['LAG', (row) => row.lag],
    ]);
  });
}

async function offsetRows(admin: Admin, group: string) {
  const [found] = await admin.listShareGroupOffsets([{ groupId: group }]);
  return found!.offsets.map(({ topic, partition, startOffset, lag }) => ({
    group,
    topic,
    partition,
    startOffset,
    lag,
  }));
}

async function writeMembers(call: ShareCall, group: ShareGroupDescription): Promise<void> {
  const rows = group.members.map((member) => ({
    group: group.groupId,
    consumerId: member.memberId,
    host: member.host,
    clientId: member.clientId,
    memberEpoch: member.memberEpoch,
    partitions: member.assignment.length,
    assignment: member.assignment.map(({ topic, partition }) => ({ topic, partition })),
  }));
  await writeRows(call, rows, [
    ['GROUP', (row) => row.group],
    ['CONSUMER-ID', (row) => row.consumerId],
    ['HOST', (row) => row.host],
    ['CLIENT-ID', (row) => row.clientId],
    ['#PARTITIONS', (row) => row.partitions],
    ['EPOCH', (row) => row.memberEpoch, 'wide'],
    ['ASSIGNMENT', (row) => row.assignment.map(keyOf).join(','), 'wide'],
  ]);
}

export interface SeekShareSettings extends ConnectionSettings, OutputSettings, ConfirmSettings {
  readonly to?: string;
  readonly topic: readonly TopicChoice[];
  readonly dryRun?: boolean;
}

/** Lets a share group without members begin elsewhere; what was not acknowledged is delivered anew. */
export async function seekShareGroup(call: Call<SeekShareSettings>): Promise<void> {
  const { settings } = call;
  const [group] = call.args as [string];
  if (settings.to === undefined) throw new CallError('say where to: --to start, end or a time');
  const from = parsePlace(settings.to, Date.now());
  await withClient(call, async (client) => {
    const admin = client.admin();
    const current = await offsetRows(admin, group);
    const partitions =
      settings.topic.length === 0
        ? current.map(({ topic, partition }) => ({ topic, partition }))
        : await partitionsOf(admin, settings.topic);
    if (partitions.length === 0) {
      throw new CommandError(`share group ${group} has no offsets; name topics with --topic`);
    }
    const offsets = new Map(current.map((row) => [keyOf(row), row.startOffset]));
    const ranges = await resolveRanges(admin, partitions, { from, until: null });
    const rows = ranges.map((range) => ({
      group,
      topic: range.topic,
      partition: range.partition,
      startOffset: offsets.get(keyOf(range)) ?? null,
      newStartOffset: Math.min(Math.max(range.from, range.logStartOffset), range.logEndOffset),
    }));
    if (!settings.dryRun) {
      await confirm(call, `Move share group ${group} in ${counted(rows.length, 'partition')}?`);
      await admin.alterShareGroupOffsets(
        group,
        rows.map(({ topic, partition, newStartOffset }) => ({
          topic,
          partition,
          startOffset: newStartOffset,
        })),
      );
    }
    await writeRows(call, rows, [
      ['GROUP', (row) => row.group],
      ['TOPIC', (row) => row.topic],
      ['PARTITION', (row) => row.partition],
      ['START-OFFSET', (row) => row.startOffset],
      ['NEW-START-OFFSET', (row) => row.newStartOffset],
    ]);
  });
}

export interface DeleteShareOffsetsSettings
  extends ConnectionSettings,
    ConfirmSettings,
    OutputSettings {
  readonly topic: readonly TopicChoice[];
  readonly dryRun?: boolean;
}

export async function deleteShareOffsets(call: Call<DeleteShareOffsetsSettings>): Promise<void> {
  const { settings } = call;
  const [group] = call.args as [string];
  const topics = settings.topic.map(({ topic }) => topic);
  if (topics.length === 0) throw new CallError('name topics with --topic');
  if (settings.topic.some(({ partitions }) => partitions !== null)) {
    throw new CallError('a share group forgets whole topics, not partitions of them');
  }
  const isDeleted = !settings.dryRun;
  if (isDeleted) {
    await withClient(call, async (client) => {
      await confirm(call, `Delete the offsets of share group ${group} in ${topics.join(', ')}?`);
      await client.admin().deleteShareGroupOffsets(group, topics);
    });
  }
  const rows = topics.map((topic) => ({ group, topic, isDeleted }));
  await writeDone(call, rows, ({ topic }) => {
    return isDeleted ? `Deleted the offsets of ${topic}.` : `Would delete the offsets of ${topic}.`;
  });
}
