import type { Disk } from '@tidelog/platform';
import { decodeSnapshot } from '@tidelog/raft';
import { defaultFeatureLevels } from '../features/features.ts';
import { decodeBatch } from '../log/record-batches.ts';
import type { MetadataRecord } from '../records/metadata-record.ts';

export const BOOTSTRAP_CHECKPOINT = 'bootstrap.checkpoint';

/** What the first active controller writes into an empty log: the file of the format step decides. */
export function bootstrapRecords(disk: Disk, metadataDirectory: string): MetadataRecord[] {
  const path = `${metadataDirectory}/${BOOTSTRAP_CHECKPOINT}`;
  if (!disk.exists(path)) return defaultBootstrapRecords();
  const { batches } = decodeSnapshot(disk.readFile(path));
  return batches.flatMap((batch) => decodeBatch(batch, 0));
}

/** The features of a new cluster, metadata.version first. */
export function defaultBootstrapRecords(): MetadataRecord[] {
  return Array.from(defaultFeatureLevels, ([name, featureLevel]) => ({
    type: 'FeatureLevel',
    name,
    featureLevel,
  }));
}
