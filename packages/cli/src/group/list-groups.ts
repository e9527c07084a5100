import type { Call } from '../command/call.ts';
import { type ConnectionSettings, withClient } from '../connection/with-client.ts';
import { type OutputSettings, writeRows } from '../terminal/output.ts';

export async function listGroups(call: Call<ConnectionSettings & OutputSettings>): Promise<void> {
  const listed = await withClient(call, (client) => client.admin().listGroups());
  const rows = listed.map(({ groupId, type, protocolType, state }) => ({
    group: groupId,
    type: type || null,
    protocol: protocolType || null,
    state: state || null,
  }));
  await writeRows(call, rows, [
    ['GROUP', ({ group }) => group],
    ['TYPE', ({ type }) => type],
    ['PROTOCOL', ({ protocol }) => protocol],
    ['STATE', ({ state }) => state],
  ]);
}
