import type { MetadataRecord, RecordType } from './metadata-record.ts';

export const METADATA_VERSION_FEATURE = 'metadata.version';
/** 4.3-IV0, what a new cluster starts with. */
export const RELEASE_METADATA_VERSION = 30;
/** 3.3-IV3, the oldest that this release can run. */
export const MIN_METADATA_VERSION = 7;

/** The levels of metadata.version from which on the records can say more. */
export const SINCE = {
  ZK_MIGRATION: 8, // 3.4-IV0
  SCRAM: 11, // 3.5-IV2
  TRANSACTIONS: 13, // 3.6-IV1
  CONTROLLER_REGISTRATION: 15, // 3.7-IV0
  DIRECTORY_ASSIGNMENT: 17, // 3.7-IV2
  ELR: 23, // 4.0-IV1
  CORDONED_DIRECTORIES: 30, // 4.3-IV0
} as const;

/** The version in which a record is written while the cluster runs at `metadataVersion`. */
export function recordVersion(type: RecordType, metadataVersion: number): number {
  switch (type) {
    case 'RegisterBroker':
      if (metadataVersion >= SINCE.CORDONED_DIRECTORIES) return 4;
      if (metadataVersion >= SINCE.DIRECTORY_ASSIGNMENT) return 3;
      return metadataVersion >= SINCE.ZK_MIGRATION ? 2 : 1;
    case 'BrokerRegistrationChange':
      if (metadataVersion >= SINCE.CORDONED_DIRECTORIES) return 3;
      return metadataVersion >= SINCE.DIRECTORY_ASSIGNMENT ? 2 : 1;
    case 'Partition':
    case 'PartitionChange':
      if (metadataVersion >= SINCE.ELR) return 2;
      return metadataVersion >= SINCE.DIRECTORY_ASSIGNMENT ? 1 : 0;
    default:
      return 0;
  }
}

/**
 * The record without what `version` has no field for. After a downgrade of metadata.version the
 * image still holds such values; the cluster has agreed to do without them.
 */
export function withoutNewerFields(record: MetadataRecord, version: number): MetadataRecord {
  switch (record.type) {
    case 'RegisterBroker': {
      const cordonedLogDirs = version >= 4 ? record.cordonedLogDirs : null;
      const logDirs = version >= 3 ? record.logDirs : [];
      return { ...record, cordonedLogDirs, logDirs };
    }
    case 'BrokerRegistrationChange': {
      const cordonedLogDirs = version >= 3 ? record.cordonedLogDirs : null;
      return { ...record, cordonedLogDirs, logDirs: version >= 2 ? record.logDirs : [] };
    }
    case 'Partition':
    case 'PartitionChange': {
      if (version >= 2) return record;
      const older = { ...record, eligibleLeaderReplicas: null, lastKnownElr: null };
      if (version >= 1) return older;
      return older.type === 'Partition'
        ? { ...older, directories: [] }
        : { ...older, directories: null };
    }
    default:
      return record;
  }
}
