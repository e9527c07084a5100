import type { VersionRange } from '../image/nodes.ts';
import {
  METADATA_VERSION_FEATURE,
  MIN_METADATA_VERSION,
  RELEASE_METADATA_VERSION,
  SINCE,
} from '../records/record-versions.ts';

export const KRAFT_VERSION_FEATURE = 'kraft.version';
export const ELR_FEATURE = 'eligible.leader.replicas.version';

/** The features of this release (KIP-584) by name, with the levels that it can run. */
export const supportedFeatures: ReadonlyMap<string, VersionRange> = new Map([
  [METADATA_VERSION_FEATURE, { min: MIN_METADATA_VERSION, max: RELEASE_METADATA_VERSION }],
  [KRAFT_VERSION_FEATURE, { min: 0, max: 1 }],
  [ELR_FEATURE, { min: 0, max: 1 }],
  ['group.version', { min: 0, max: 1 }],
  ['share.version', { min: 0, max: 1 }],
  ['streams.version', { min: 0, max: 1 }],
  ['transaction.version', { min: 0, max: 2 }],
]);

/** What a new cluster is finalized at; kraft.version is not here, it stands with the voters. */
export const defaultFeatureLevels: ReadonlyMap<string, number> = new Map(
  [...supportedFeatures]
    .filter(([name]) => name !== KRAFT_VERSION_FEATURE)
    .map(([name, { max }]) => [name, max]),
);

/** The lowest metadata.version with which a feature can be on. */
export function requiredMetadataVersion(feature: string): number {
  return feature === ELR_FEATURE ? SINCE.ELR : MIN_METADATA_VERSION;
}

/** Levels of metadata.version that brought records or fields which older ones cannot hold. */
const changedRecords: readonly number[] = [7, 8, 11, 13, 14, 15, 17, 23, 30];

/** True where going down from one metadata.version to another could lose what is stored. */
export function losesMetadata(from: number, to: number): boolean {
  return changedRecords.some((level) => level > to && level <= from);
}

const releases: readonly [number, string][] = [
  [7, '3.3-IV3'],
  [8, '3.4-IV0'],
  [9, '3.5-IV0'],
  [12, '3.6-IV0'],
  [15, '3.7-IV0'],
  [20, '3.8-IV0'],
  [21, '3.9-IV0'],
  [22, '4.0-IV0'],
  [26, '4.1-IV0'],
  [28, '4.2-IV0'],
  [30, '4.3-IV0'],
];

/** The release name of a metadata.version: 30 is 4.3-IV0. */
export function metadataVersionName(level: number): string {
  const [first, name] = releases.findLast(([start]) => start <= level) ?? [level, `level ${level}`];
  const [release, start] = name.split('-IV');
  return start === undefined ? name : `${release}-IV${Number(start) + level - first}`;
}
