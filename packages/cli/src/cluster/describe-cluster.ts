import type { Call } from '../command/call.ts';
import { type ConnectionSettings, withClient } from '../connection/with-client.ts';
import { isoTime } from '../records/message-format.ts';
import { isData, type OutputSettings, tableOf, writeData, writeRows } from '../terminal/output.ts';

type ClusterCall = Call<ConnectionSettings & OutputSettings>;

export async function describeCluster(call: ClusterCall): Promise<void> {
  const { terminal, settings } = call;
  const { clusterId, controllerId, brokers } = await withClient(call, (client) =>
    client.admin().describeCluster(),
  );
  const rows = brokers.map(({ id, host, port, rack }) => ({
    brokerId: id,
    host,
    port,
    rack,
    isController: id === controllerId,
  }));
  if (isData(settings.output)) {
    return writeData(terminal, settings.output, [{ clusterId, controllerId, brokers: rows }]);
  }
  await terminal.write(`Cluster     ${clusterId ?? '-'}\n`);
  await terminal.write(`Controller  ${controllerId < 0 ? '-' : controllerId}\n\n`);
  await terminal.write(
    tableOf(terminal, settings.output, rows, [
      ['BROKER', ({ brokerId }) => brokerId],
      ['HOST', ({ host }) => host],
      ['PORT', ({ port }) => port],
      ['RACK', ({ rack }) => rack],
    ]),
  );
}

export async function describeFeatures(call: ClusterCall): Promise<void> {
  const { finalized, supported } = await withClient(call, (client) =>
    client.admin().describeFeatures(),
  );
  const rows = Array.from(supported, ([feature, { minVersion, maxVersion }]) => ({
    feature,
    supportedMinVersion: minVersion,
    supportedMaxVersion: maxVersion,
    finalizedVersion: finalized.get(feature)?.maxVersion ?? 0,
  }));
  const sorted = rows.toSorted((a, b) => (a.feature < b.feature ? -1 : 1));
  await writeRows(call, sorted, [
    ['FEATURE', (row) => row.feature],
    ['SUPPORTED-MIN', (row) => row.supportedMinVersion],
    ['SUPPORTED-MAX', (row) => row.supportedMaxVersion],
    ['FINALIZED', (row) => row.finalizedVersion],
  ]);
}

export async function describeQuorum(call: ClusterCall): Promise<void> {
  const quorum = await withClient(call, (client) => client.admin().describeMetadataQuorum());
  const { leaderId, leaderEpoch, highWatermark } = quorum;
  const leader = quorum.voters.find(({ replicaId }) => replicaId === leaderId);
  const rowOf = (status: 'Leader' | 'Follower' | 'Observer') => {
    return (replica: (typeof quorum.voters)[number]) => ({
      nodeId: replica.replicaId,
      directoryId: replica.directoryId,
      logEndOffset: replica.logEndOffset,
      lag: Math.max(0, (leader?.logEndOffset ?? highWatermark) - replica.logEndOffset),
      lastFetchTimestamp: replica.lastFetchTimestamp,
      lastCaughtUpTimestamp: replica.lastCaughtUpTimestamp,
      status,
      leaderEpoch,
    });
  };
  const rows = [
    ...quorum.voters.map((voter) =>
      rowOf(voter.replicaId === leaderId ? 'Leader' : 'Follower')(voter),
    ),
    ...quorum.observers.map(rowOf('Observer')),
  ];
  const time = (timestamp: number | null) => (timestamp === null ? null : isoTime(timestamp));
  await writeRows(call, rows, [
    ['NODE', (row) => row.nodeId],
    ['DIRECTORY', (row) => row.directoryId, 'wide'],
    ['LOG-END-OFFSET', (row) => row.logEndOffset],
    ['LAG', (row) => row.lag],
    ['LAST-FETCH', (row) => time(row.lastFetchTimestamp), 'wide'],
    ['LAST-CAUGHT-UP', (row) => time(row.lastCaughtUpTimestamp), 'wide'],
    ['STATUS', (row) => row.status],
    ['EPOCH', (row) => row.leaderEpoch],
  ]);
}

export async function describeLogDirs(
  call: Call<ConnectionSettings & OutputSettings & { readonly broker: readonly number[] }>,
): Promise<void> {
  const rows = await withClient(call, async (client) => {
    const admin = client.admin();
    const { broker: asked } = call.settings;
    const ids = asked.length > 0 ? asked : (await admin.describeCluster()).brokers.map((b) => b.id);
    const described = await admin.describeLogDirs(ids);
    return described.flatMap(({ brokerId, dirs }) =>
      dirs.map(({ path, error, totalBytes, usableBytes, replicas }) => ({
        brokerId,
        path,
        error: error?.code ?? null,
        replicas: replicas.length,
        sizeBytes: replicas.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        totalBytes,
        usableBytes,
      })),
    );
  });
  await writeRows(call, rows, [
    ['BROKER', (row) => row.brokerId],
    ['DIRECTORY', (row) => row.path],
    ['ERROR', (row) => row.error],
    ['REPLICAS', (row) => row.replicas],
    ['SIZE', (row) => sizeText(row.sizeBytes)],
    ['USABLE', (row) => sizeText(row.usableBytes)],
    ['TOTAL', (row) => sizeText(row.totalBytes)],
  ]);
}

const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];

/** `1.5 GB`; in powers of 1000, as disks are sold. */
export function sizeText(bytes: number | null): string | null {
  if (bytes === null) return null;
  const unit = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  const value = bytes / 1000 ** unit;
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
