import type { Admin, GroupDescription, KafkaClientError, TopicPartition } from '@tidelog/client';
import { CommandError } from '../command-error.ts';
import type { Call } from '../command/call.ts';
import { type ConnectionSettings, withClient } from '../connection/with-client.ts';
import { type OutputSettings, writeRows } from '../terminal/output.ts';
import { comparePartitions, keyOf } from '../topic-partitions.ts';

export interface DescribeGroupSettings extends ConnectionSettings, OutputSettings {
  readonly members?: boolean;
}

/** One line of `kafka-consumer-groups --describe`; null is a dash. */
export interface GroupRow {
  readonly group: string;
  readonly topic: string | null;
  readonly partition: number | null;
  readonly currentOffset: number | null;
  readonly logEndOffset: number | null;
  readonly lag: number | null;
  readonly consumerId: string | null;
  readonly host: string | null;
  readonly clientId: string | null;
}

export async function describeGroup(call: Call<DescribeGroupSettings>): Promise<void> {
  const [groupId] = call.args as [string];
  await withClient(call, async (client) => {
    const admin = client.admin();
    const group = await describe(admin, groupId);
    if (group.members.length === 0) {
      call.terminal.tell(`Group ${groupId} has no active members.\n`);
    }
    if (call.settings.members) return writeMembers(call, group);
    await writeRows(call, await groupRows(admin, group), [
      ['GROUP', ({ group }) => group],
      ['TOPIC', ({ topic }) => topic],
      ['PARTITION', ({ partition }) => partition],
      ['CURRENT-OFFSET', ({ currentOffset }) => currentOffset],
      ['LOG-END-OFFSET', ({ logEndOffset }) => logEndOffset],
      ['LAG', ({ lag }) => lag],
      ['CONSUMER-ID', ({ consumerId }) => consumerId],
      ['HOST', ({ host }) => host],
      ['CLIENT-ID', ({ clientId }) => clientId],
    ]);
  });
}

async function describe(admin: Admin, groupId: string): Promise<GroupDescription> {
  const unknown = `there is no group ${groupId}; \`tidelog group list\` shows all`;
  try {
    const [group] = await admin.describeGroups([groupId]);
    return group!;
  } catch (error) {
    const { code } = error as Partial<KafkaClientError>;
    if (code !== 'GROUP_ID_NOT_FOUND') throw error;
  }
  const listed = (await admin.listGroups()).find((group) => group.groupId === groupId);
  if (listed === undefined) throw new CommandError(unknown);
  const verb = listed.type === 'Share' ? `; \`tidelog share describe ${groupId}\` shows it` : '';
  throw new CommandError(`${groupId} is a ${listed.type.toLowerCase()} group${verb}`);
}

/** What `kafka-consumer-groups --members` shows. */
async function writeMembers(call: Call<OutputSettings>, group: GroupDescription): Promise<void> {
  const rows = group.members.map((member) => ({
    group: group.groupId,
    consumerId: member.memberId,
    instanceId: member.groupInstanceId,
    host: member.host,
    clientId: member.clientId,
    memberEpoch: member.memberEpoch,
    partitions: member.assignment.length,
    assignment: member.assignment.map(({ topic, partition }) => ({ topic, partition })),
  }));
  await writeRows(call, rows, [
    ['GROUP', (row) => row.group],
    ['CONSUMER-ID', (row) => row.consumerId],
    ['INSTANCE-ID', (row) => row.instanceId, 'wide'],
    ['HOST', (row) => row.host],
    ['CLIENT-ID', (row) => row.clientId],
    ['#PARTITIONS', (row) => row.partitions],
    ['EPOCH', (row) => row.memberEpoch, 'wide'],
    ['ASSIGNMENT', (row) => row.assignment.map(keyOf).join(','), 'wide'],
  ]);
}

/** A row for each partition that is assigned or has an offset, and for each member without one. */
export async function groupRows(admin: Admin, group: GroupDescription): Promise<GroupRow[]> {
  const { groupId } = group;
  const places = new Map<string, { topic: string; partition: number }>();
  const owners = new Map<string, GroupDescription['members'][number]>();
  const offsets = new Map<string, number>();
  const noted = ({ topic, partition }: TopicPartition): string => {
    const key = keyOf({ topic, partition });
    if (!places.has(key)) places.set(key, { topic, partition });
    return key;
  };
  for (const committed of await admin.listGroupOffsets(groupId)) {
    offsets.set(noted(committed), committed.offset);
  }
  for (const member of group.members) {
    for (const partition of member.assignment) owners.set(noted(partition), member);
  }
  const ends = new Map<string, number>();
  const queries = [...places.values()].map((place) => ({ ...place, spec: 'latest' as const }));
  for (const end of await admin.listOffsets(queries)) ends.set(keyOf(end), end.offset);
  const rows = Array.from(places, ([key, { topic, partition }]): GroupRow => {
    const currentOffset = offsets.get(key) ?? null;
    const logEndOffset = ends.get(key) ?? null;
    const lag =
      currentOffset === null || logEndOffset === null ? null : logEndOffset - currentOffset;
    const base = { group: groupId, topic, partition, currentOffset, logEndOffset, lag };
    return { ...base, ...memberCells(owners.get(key)) };
  });
  const idle = group.members.filter(({ assignment }) => assignment.length === 0);
  const nothing = {
    group: groupId,
    topic: null,
    partition: null,
    currentOffset: null,
    logEndOffset: null,
    lag: null,
  };
  return [...rows.sort(byPlace), ...idle.map((member) => ({ ...nothing, ...memberCells(member) }))];
}

function memberCells(member: GroupDescription['members'][number] | undefined) {
  return {
    consumerId: member?.memberId ?? null,
    host: member?.host ?? null,
    clientId: member?.clientId ?? null,
  };
}

function byPlace(a: GroupRow, b: GroupRow): number {
  return comparePartitions(
    { topic: a.topic!, partition: a.partition! },
    { topic: b.topic!, partition: b.partition! },
  );
}
