import type { Call } from '../command/call.ts';
import { type ConnectionSettings, withClient } from '../connection/with-client.ts';
import { confirm, type ConfirmSettings } from '../terminal/confirm.ts';

export interface DeleteTopicsSettings extends ConnectionSettings, ConfirmSettings {
  readonly dryRun?: boolean;
}

export async function deleteTopics(call: Call<DeleteTopicsSettings>): Promise<void> {
  const { args: topics, settings, terminal } = call;
  await withClient(call, async (client) => {
    const admin = client.admin();
    const described = await admin.describeTopics(topics);
    if (settings.dryRun) {
      const names = described.map(({ topic }) => topic).join(', ');
      return terminal.write(`Would delete ${names} and all records.\n`);
    }
    await confirm(call, `Delete ${topics.join(', ')} and all records?`);
    await admin.deleteTopics(topics);
    await terminal.write(`Deleted ${topics.join(', ')}.\n`);
  });
}
