import { describe, expect, it } from 'vitest';
import { defaultBootstrapRecords } from '../format/bootstrap-records.ts';
import { MetadataImage } from '../image/metadata-image.ts';
import { activationRecords } from './activation.ts';

const bootstrap = { records: defaultBootstrapRecords(), minIsr: 2 };

function types(image: MetadataImage, isInTransaction: boolean, given = bootstrap): string[] {
  return activationRecords(image, isInTransaction, given).records.map((record) => record.type);
}

function bootstrapped(): MetadataImage {
  const image = new MetadataImage();
  for (const record of bootstrap.records) image.apply(record);
  return image;
}

describe('the first records of an active controller', () => {
  it('are the bootstrap records in a transaction, where the log is empty', () => {
    const { records, effective } = activationRecords(new MetadataImage(), false, bootstrap);
    expect(records.at(0)).toEqual({ type: 'BeginTransaction', name: 'Bootstrap records' });
    expect(records.at(-1)).toEqual({ type: 'EndTransaction' });
    expect(records.slice(1, -1)).toEqual(effective);
    expect(effective.slice(0, -1)).toEqual(bootstrap.records);
    expect(effective.at(-1)).toMatchObject({ name: 'min.insync.replicas', value: '2' });
  });

  it('are none where the log has its features', () => {
    expect(types(bootstrapped(), false)).toEqual([]);
  });

  it('end what the last controller left open', () => {
    expect(types(bootstrapped(), true)).toEqual(['AbortTransaction']);
    expect(types(new MetadataImage(), true).slice(0, 2)).toEqual([
      'AbortTransaction',
      'BeginTransaction',
    ]);
  });

  it('have no transaction where the cluster is too old for it', () => {
    const old = { type: 'FeatureLevel', name: 'metadata.version', featureLevel: 12 } as const;
    expect(types(new MetadataImage(), false, { records: [old], minIsr: 1 })).toEqual([
      'FeatureLevel',
    ]);
  });
});
