import { RESOURCE } from '../image/configs-image.ts';
import { ELR_FEATURE } from '../features/features.ts';
import type { MetadataImage } from '../image/metadata-image.ts';
import type { MetadataRecord } from '../records/metadata-record.ts';
import { METADATA_VERSION_FEATURE, SINCE } from '../records/record-versions.ts';

export interface Activation {
  readonly records: readonly MetadataRecord[];
  /** `records` without the markers of transactions. */
  readonly effective: readonly MetadataRecord[];
}

/**
 * What a new active controller writes first. A transaction that its predecessor left open ends; an
 * empty log gets the bootstrap records, and with eligible leaders a min.insync.replicas for all.
 */
export function activationRecords(
  image: MetadataImage,
  isInTransaction: boolean,
  bootstrap: { readonly records: readonly MetadataRecord[]; readonly minIsr: number },
): Activation {
  const abort: MetadataRecord[] = isInTransaction
    ? [{ type: 'AbortTransaction', reason: 'Controller failover' }]
    : [];
  if (image.features.level(METADATA_VERSION_FEATURE) > 0) return { records: abort, effective: [] };
  const effective = [...bootstrap.records];
  if (levelOf(effective, ELR_FEATURE) > 0) {
    effective.push({
      type: 'Config',
      resourceType: RESOURCE.BROKER,
      resourceName: '',
      name: 'min.insync.replicas',
      value: String(bootstrap.minIsr),
    });
  }
  if (levelOf(effective, METADATA_VERSION_FEATURE) < SINCE.TRANSACTIONS) {
    return { records: [...abort, ...effective], effective };
  }
  const begin: MetadataRecord = { type: 'BeginTransaction', name: 'Bootstrap records' };
  return { records: [...abort, begin, ...effective, { type: 'EndTransaction' }], effective };
}

function levelOf(records: readonly MetadataRecord[], feature: string): number {
  for (const record of records) {
    if (record.type === 'FeatureLevel' && record.name === feature) return record.featureLevel;
  }
  return 0;
}
