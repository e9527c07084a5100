export * from './configs/index.ts';
export type { Command, CommandOf, ControllerApi, ReplyTo } from './controller/commands.ts';
export {
  defaultFeatureLevels,
  KRAFT_VERSION_FEATURE,
  metadataVersionName,
  supportedFeatures,
} from './features/features.ts';
export type { EntityQuotas, QuotaEntity } from './image/client-quotas-image.ts';
export { type ConfigResource, RESOURCE } from './image/configs-image.ts';
export { type ImagePart, MetadataDelta, type TopicDelta } from './image/metadata-delta.ts';
export { MetadataImage } from './image/metadata-image.ts';
export type {
  BrokerImage,
  ControllerImage,
  ListenerEndpoint,
  VersionRange,
} from './image/nodes.ts';
export { DIRECTORY_LOST, DIRECTORY_MIGRATING, DIRECTORY_UNASSIGNED } from './image/partition.ts';
export { NO_LEADER, type PartitionImage, type TopicImage } from './image/topic.ts';
export {
  type FormatOptions,
  type Formatted,
  formatDirectories,
} from './format/format-directories.ts';
export {
  directoriesOf,
  type LoadedDirectories,
  loadDirectories,
} from './format/load-directories.ts';
export type { MetaProperties } from './format/meta-properties.ts';
export {
  type ClusterMetadata,
  type MetadataChange,
  openClusterMetadata,
} from './log/cluster-metadata.ts';
export type { ClusterMetadataOptions } from './log/cluster-metadata-options.ts';
export { QuorumUnreachableError } from './log/quorum-unreachable-error.ts';
export { decodeRecord, encodeRecord, UnreadableRecordError } from './records/codec.ts';
export type { MetadataRecord, RecordOf, RecordType } from './records/metadata-record.ts';
