/** What those who use an `Admin` may want to name. */
export type { AclOperation } from './acl-operations.ts';
export type {
  AclBinding,
  AclDeletion,
  AclFilter,
  AclPatternType,
  AclPermission,
  AclResourceType,
} from './acls.ts';
export type { ItemOptions } from './admin-calls.ts';
export type { Admin } from './admin.ts';
export type {
  QuotaChange,
  QuotaEntity,
  QuotaEntry,
  QuotaFilter,
  QuotaMatch,
} from './client-quotas.ts';
export type {
  ClusterDescription,
  DescribeClusterOptions,
  DescribedNode,
} from './cluster-description.ts';
export type {
  ConfigChange,
  ConfigEntry,
  ConfigResource,
  ConfigResourceType,
  ConfigSource,
  ConfigSynonym,
  DescribeConfigsOptions,
  ResourceChange,
  ResourceConfig,
} from './configs.ts';
export type {
  CreateTokenOptions,
  DelegationToken,
  DelegationTokenInfo,
  DescribeTokensOptions,
  Principal,
} from './delegation-tokens.ts';
export type {
  DescribeFeaturesOptions,
  FeatureDescription,
  FeatureUpdate,
  UpdateFeaturesOptions,
  VersionRange,
} from './features.ts';
export type {
  DescribeGroupsOptions,
  GroupDescription,
  MemberDescription,
} from './groups/group-descriptions.ts';
export type { GroupListing, GroupType, ListGroupsOptions } from './groups/group-listings.ts';
export type { MemberReference, RemoveMembersOptions } from './groups/group-members.ts';
export type { GroupOffsets, GroupPartitions, StableOptions } from './groups/group-offsets.ts';
export type {
  ShareGroupDescription,
  ShareGroupOffset,
  ShareGroupOffsets,
  ShareMemberDescription,
} from './groups/share-groups.ts';
export type {
  StreamsAssignment,
  StreamsGroupDescription,
  StreamsInternalTopic,
  StreamsMemberDescription,
  StreamsTask,
  StreamsTaskOffset,
  SubtopologyDescription,
} from './groups/streams-groups.ts';
export type {
  BrokerLogDirs,
  DescribeLogDirsOptions,
  LogDirDescription,
  ReplicaDescription,
  ReplicaLogDirs,
  ReplicaPlace,
} from './log-dirs.ts';
export type {
  AlterReassignmentsOptions,
  ElectedLeader,
  ElectionType,
  ListReassignmentsOptions,
  OngoingReassignment,
  PartitionReassignment,
} from './partition-moves.ts';
export type {
  DescribeProducersOptions,
  HangingTransaction,
  PartitionProducers,
  ProducerState,
} from './producers.ts';
export type {
  QuorumDescription,
  QuorumEndpoint,
  QuorumReplica,
  QuorumVoter,
  QuorumVoterOptions,
} from './quorum.ts';
export type { ListOffsetsOptions, LogStart, RecordDeletion } from './records.ts';
export type {
  ScramAlteration,
  ScramCredential,
  ScramDeletion,
  ScramMechanism,
  ScramUpsertion,
  ScramUser,
} from './scram-users.ts';
export type { PartitionDescription, TopicDescription } from './topic-descriptions.ts';
export type {
  DescribeTopicsOptions,
  ListTopicsOptions,
  NewPartitions,
  NewTopic,
  TopicListing,
  TopicReference,
  ValidateOptions,
} from './topics.ts';
export type {
  FencedProducer,
  ListTransactionsOptions,
  TransactionDescription,
  TransactionListing,
} from './transactions.ts';
