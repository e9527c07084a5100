import { CallError, CommandError } from '../command-error.ts';
import type { Call } from '../command/call.ts';
import { type ConnectionSettings, withClient } from '../connection/with-client.ts';
import { isChosen, type TopicChoice } from '../offsets/chosen-partitions.ts';
import { confirm, type ConfirmSettings } from '../terminal/confirm.ts';
import { type OutputSettings, writeDone } from '../terminal/output.ts';
import { keyOf } from '../topic-partitions.ts';

export interface DeleteGroupsSettings extends ConnectionSettings, ConfirmSettings, OutputSettings {
  readonly dryRun?: boolean;
}

/** Groups of any type. Only groups without members can be deleted; the broker says so. */
export async function deleteGroups(call: Call<DeleteGroupsSettings>): Promise<void> {
  const { args: groups, settings } = call;
  const isDeleted = !settings.dryRun;
  await withClient(call, async (client) => {
    const admin = client.admin();
    const there = new Map((await admin.listGroups()).map((group) => [group.groupId, group]));
    const missing = groups.find((group) => !there.has(group));
    if (missing !== undefined) {
      throw new CommandError(`there is no group ${missing}; \`tidelog group list\` shows all`);
    }
    if (isDeleted) {
      await confirm(call, `Delete ${groups.join(', ')} and all offsets?`);
      await admin.deleteGroups(groups);
    }
    const rows = groups.map((group) => ({ group, isDeleted }));
    await writeDone(call, rows, ({ group }) =>
      isDeleted ? `Deleted ${group}.` : `Would delete ${group} and all offsets.`,
    );
  });
}

export interface DeleteOffsetsSettings extends DeleteGroupsSettings {
  readonly topic: readonly TopicChoice[];
}

/** Lets a group forget where it was in topics that none of its members reads. */
export async function deleteGroupOffsets(call: Call<DeleteOffsetsSettings>): Promise<void> {
  const { settings } = call;
  const [group] = call.args as [string];
  const isDeleted = !settings.dryRun;
  if (settings.topic.length === 0) throw new CallError('name topics with --topic');
  await withClient(call, async (client) => {
    const admin = client.admin();
    const committed = await admin.listGroupOffsets(group);
    const partitions = committed
      .filter((place) => isChosen(place, settings.topic))
      .map(({ topic, partition }) => ({ topic, partition }));
    if (partitions.length === 0) {
      const topics = settings.topic.map(({ topic }) => topic).join(', ');
      throw new CommandError(`group ${group} has no offsets of ${topics}`);
    }
    if (isDeleted) {
      await confirm(call, `Delete the offsets of ${group} in ${partitions.map(keyOf).join(', ')}?`);
      await admin.deleteGroupOffsets(group, partitions);
    }
    const rows = partitions.map((place) => ({ group, ...place, isDeleted }));
    await writeDone(call, rows, (row) => {
      const place = `the offset of ${keyOf(row)}`;
      return isDeleted ? `Deleted ${place}.` : `Would delete ${place}.`;
    });
  });
}
