import { CallError, CommandError } from '../command-error.ts';
import type { Call } from '../command/call.ts';
import { type ConnectionSettings, withClient } from '../connection/with-client.ts';
import { isChosen, type TopicChoice } from '../offsets/chosen-partitions.ts';
import { confirm, type ConfirmSettings } from '../terminal/confirm.ts';
import { keyOf } from '../topic-partitions.ts';

export interface DeleteGroupsSettings extends ConnectionSettings, ConfirmSettings {
  readonly dryRun?: boolean;
}

/** Groups of any type. Only groups without members can be deleted; the broker says so. */
export async function deleteGroups(call: Call<DeleteGroupsSettings>): Promise<void> {
  const { args: groups, settings, terminal } = call;
  await withClient(call, async (client) => {
    const admin = client.admin();
    const there = new Map((await admin.listGroups()).map((group) => [group.groupId, group]));
    const missing = groups.find((group) => !there.has(group));
    if (missing !== undefined) {
      throw new CommandError(`there is no group ${missing}; \`tidelog group list\` shows all`);
    }
    const names = groups.join(', ');
    if (settings.dryRun) return terminal.write(`Would delete ${names} and all offsets.\n`);
    await confirm(call, `Delete ${names} and all offsets?`);
    await admin.deleteGroups(groups);
    await terminal.write(`Deleted ${names}.\n`);
  });
}

export interface DeleteOffsetsSettings extends DeleteGroupsSettings {
  readonly topic: readonly TopicChoice[];
}

/** Lets a group forget where it was in topics that none of its members reads. */
export async function deleteGroupOffsets(call: Call<DeleteOffsetsSettings>): Promise<void> {
  const { settings, terminal } = call;
  const [group] = call.args as [string];
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
    const names = partitions.map(keyOf).join(', ');
    if (settings.dryRun) return terminal.write(`Would delete the offsets of ${names}.\n`);
    await confirm(call, `Delete the offsets of ${group} in ${names}?`);
    await admin.deleteGroupOffsets(group, partitions);
    await terminal.write(`Deleted the offsets of ${names}.\n`);
  });
}
