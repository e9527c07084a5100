import type { Disk, Random } from '@tidelog/platform';
import type { BrokerConfig } from '../configs/broker-config.ts';
import { type MetaProperties, readMetaProperties, writeMetaProperties } from './meta-properties.ts';

export interface LoadedDirectories {
  readonly clusterId: string;
  /** Paths of log directories to their ids; the metadata directory is among them. */
  readonly directoryIds: ReadonlyMap<string, string>;
  /** Directories whose file could not be read, with the reason: what is in them is offline. */
  readonly failed: ReadonlyMap<string, Error>;
}

/** The directories that a node with these properties uses, each once. */
export function directoriesOf(config: BrokerConfig): string[] {
  return [...new Set([...config.logDirs, config.metadataLogDir])];
}

/**
 * Reads what the directories belong to before a node starts on them. Each must be formatted, for this
 * node and for one cluster; what is wrong is told in one sentence. A directory that fails to be read
 * goes offline, unless it is the metadata directory; those that are `unusable` are not looked at. Files
 * from before 3.7 get a directory id.
 */
export function loadDirectories(
  config: BrokerConfig,
  { disk, random }: { readonly disk: Disk; readonly random: Random },
  unusable: ReadonlySet<string> = new Set(),
): LoadedDirectories | { readonly problem: string } {
  const found = new Map<string, MetaProperties>();
  const failed = new Map<string, Error>();
  for (const directory of directoriesOf(config)) {
    if (unusable.has(directory)) continue;
    try {
      const properties = readMetaProperties(disk, directory);
      if (properties === undefined) {
        return { problem: `No meta.properties found in ${directory}: it is not formatted.` };
      }
      found.set(directory, properties);
    } catch (error) {
      failed.set(directory, error instanceof Error ? error : new Error(String(error)));
    }
  }
  const metadataFailure = failed.get(config.metadataLogDir);
  if (metadataFailure !== undefined) return { problem: metadataFailure.message };
  const { nodeId } = config;
  const clusterId = found.get(config.metadataLogDir)?.clusterId ?? null;
  if (clusterId === null) return { problem: `cluster.id not found in ${config.metadataLogDir}.` };
  const problem = ensembleProblem(found, { clusterId, nodeId });
  if (problem !== undefined) return { problem };
  const directoryIds = new Map<string, string>();
  for (const [directory, properties] of found) {
    const directoryId = properties.directoryId ?? random.uuid();
    directoryIds.set(directory, directoryId);
    if (properties.directoryId !== null) continue;
    writeMetaProperties(disk, directory, { version: 1, clusterId, nodeId, directoryId });
  }
  return { clusterId, directoryIds, failed };
}

/** Why the directories cannot belong to one node of this cluster; undefined when they can. */
export function ensembleProblem(
  found: ReadonlyMap<string, MetaProperties | undefined>,
  expected: { readonly clusterId: string; readonly nodeId: number },
): string | undefined {
  const directoryOfId = new Map<string, string>();
  for (const [directory, properties] of found) {
    const { clusterId, nodeId, directoryId } = properties ?? {};
    const path = `${directory}/meta.properties`;
    if (clusterId && clusterId !== expected.clusterId) {
      return `Invalid cluster.id in: ${path}. Expected ${expected.clusterId}, but read ${clusterId}`;
    }
    if (typeof nodeId === 'number' && nodeId !== expected.nodeId) {
      return (
        `Stored node id ${nodeId} doesn't match previous node id ${expected.nodeId} in ${path}. If ` +
        'you moved your data, make sure your configured node id matches. If you intend to create a ' +
        'new node, you should remove all data in your data directories.'
      );
    }
    if (!directoryId) continue;
    const other = directoryOfId.get(directoryId);
    directoryOfId.set(directoryId, directory);
    if (other !== undefined) {
      return `Duplicate directory ID ${directoryId} found: ${other} and ${directory} have it.`;
    }
  }
  return undefined;
}
