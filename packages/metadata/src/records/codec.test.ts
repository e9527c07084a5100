import { describe, expect, it } from 'vitest';
import { decodeRecord, encodeRecord, UnreadableRecordError } from './codec.ts';
import type { MetadataRecord } from './metadata-record.ts';
import { RELEASE_METADATA_VERSION } from './record-versions.ts';

const PARTITION: MetadataRecord = {
  type: 'Partition',
  partitionId: 3,
  topicId: 'OiJVA69ZTSKy3HWRGvnUyA',
  replicas: [1, 2],
  isr: [1],
  removingReplicas: [],
  addingReplicas: [],
  leader: 1,
  leaderRecoveryState: 0,
  leaderEpoch: 4,
  partitionEpoch: 5,
  directories: ['kmQWCgzkRBKIog9cH8kOmg', 'AAAAAAAAAAAAAAAAAAAAAQ'],
  eligibleLeaderReplicas: [2],
  lastKnownElr: null,
};

describe('the value of a metadata record', () => {
  it('has the bytes that Apache Kafka writes', () => {
    const record: MetadataRecord = {
      type: 'FeatureLevel',
      name: 'metadata.version',
      featureLevel: 30,
    };
    const bytes = Buffer.from('010c00116d657461646174612e76657273696f6e001e00', 'hex');
    expect(encodeRecord(record, RELEASE_METADATA_VERSION)).toEqual(bytes);
    expect(decodeRecord(bytes)).toEqual(record);
  });

  it('is read back as what was written', () => {
    expect(decodeRecord(encodeRecord(PARTITION, RELEASE_METADATA_VERSION))).toEqual(PARTITION);
  });

  it('is written in the version that the cluster has agreed on', () => {
    const version = (metadataVersion: number): number | undefined =>
      encodeRecord(PARTITION, metadataVersion)[2];
    expect([30, 23, 22, 17, 16, 7].map(version)).toEqual([2, 2, 1, 1, 0, 0]);
  });

  it('loses what an older version has no field for', () => {
    const older = decodeRecord(encodeRecord(PARTITION, 16));
    expect(older).toEqual({ ...PARTITION, directories: [], eligibleLeaderReplicas: null });
  });

  it.each([
    ['nothing', ''],
    ['another frame', '020c0000'],
    ['an unknown key', '011d00'],
    ['an unknown version', '010c01'],
    ['a cut body', '010c00116d6574'],
    ['bytes behind the body', '01140000ff'],
  ])('is refused when it is %s', (_, hex) => {
    expect(() => decodeRecord(Buffer.from(hex, 'hex'))).toThrow(UnreadableRecordError);
  });
});
