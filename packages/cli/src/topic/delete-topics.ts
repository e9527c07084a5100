import type { Call } from '../command/call.ts';
import { type ConnectionSettings, withClient } from '../connection/with-client.ts';
import { confirm, type ConfirmSettings } from '../terminal/confirm.ts';
import { type OutputSettings, writeDone } from '../terminal/output.ts';

export interface DeleteTopicsSettings extends ConnectionSettings, ConfirmSettings, OutputSettings {
  readonly dryRun?: boolean;
}

export async function deleteTopics(call: Call<DeleteTopicsSettings>): Promise<void> {
  const { args: topics, settings } = call;
  const isDeleted = !settings.dryRun;
  await withClient(call, async (client) => {
    const admin = client.admin();
    // Says that one does not exist before it asks.
    await admin.describeTopics(topics);
    if (isDeleted) {
      await confirm(call, `Delete ${topics.join(', ')} and all records?`);
      await admin.deleteTopics(topics);
    }
    const rows = topics.map((topic) => ({ topic, isDeleted }));
    await writeDone(call, rows, ({ topic }) =>
      isDeleted ? `Deleted ${topic}.` : `Would delete ${topic} and all records.`,
    );
  });
}
