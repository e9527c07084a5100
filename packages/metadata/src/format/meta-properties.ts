import type { Disk } from '@tidelog/platform';
import { parseProperties } from '../configs/java-properties.ts';
import { isReservedId } from '../image/reserved-ids.ts';

export const META_PROPERTIES = 'meta.properties';

/** `meta.properties`: what a log directory belongs to. */
export interface MetaProperties {
  /** 1; files of clusters that came from ZooKeeper may have 0. */
  readonly version: number;
  readonly clusterId: string | null;
  readonly nodeId: number | null;
  /** Names this directory in the cluster (KIP-858); null in files that were written before 3.7. */
  readonly directoryId: string | null;
}

/** Reads one directory's file; undefined where there is none. Throws where it cannot be read. */
export function readMetaProperties(disk: Disk, directory: string): MetaProperties | undefined {
  const path = `${directory}/${META_PROPERTIES}`;
  if (!disk.exists(path)) return undefined;
  const parsed = parseMetaProperties(disk.readFile(path).toString());
  if (typeof parsed !== 'string') return parsed;
  throw new Error(`Error while reading ${path}: ${parsed}`);
}

/** Replaces the file durably; the keys are in the order that Apache Kafka happens to write. */
export function writeMetaProperties(
  disk: Disk,
  directory: string,
  { clusterId, nodeId, directoryId }: MetaProperties,
): void {
  const lines = [
    `node.id=${nodeId}`,
    `directory.id=${directoryId}`,
    'version=1',
    `cluster.id=${clusterId}`,
  ];
  disk.replaceFile(`${directory}/${META_PROPERTIES}`, `#\n${lines.join('\n')}\n`);
}

/** The properties, or why the text has none. */
export function parseMetaProperties(text: string): MetaProperties | string {
  const parsed = parseProperties(text);
  if ('problem' in parsed) return parsed.problem;
  const properties = parsed.value;
  const version = Number(properties.get('version') ?? '0');
  if (version !== 0 && version !== 1) return `Unknown version ${properties.get('version')}.`;
  const idText = properties.get(version === 0 ? 'broker.id' : 'node.id');
  if (idText !== undefined && !/^-?[0-9]+$/.test(idText)) {
    return `Unable to read node.id as a base-10 number: ${idText}`;
  }
  const clusterId = properties.get('cluster.id') ?? null;
  if (version === 1 && clusterId === null) return 'cluster.id was not found.';
  if (version === 1 && idText === undefined) return 'node.id was not found.';
  const directoryId = properties.get('directory.id') ?? null;
  if (directoryId !== null && !/^[A-Za-z0-9_-]{22}$/.test(directoryId)) {
    return `Unable to read directory.id as a Uuid: ${directoryId}`;
  }
  if (directoryId !== null && isReservedId(directoryId)) {
    return `Invalid reserved directory ID ${directoryId}`;
  }
  return { version, clusterId, nodeId: idText === undefined ? null : Number(idText), directoryId };
}
