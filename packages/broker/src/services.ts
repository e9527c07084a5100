import type {
  GroupCoordinator,
  ShareCoordinator,
  ShareGroupCoordinator,
  SharePersister,
  StreamsGroupCoordinator,
  TransactionCoordinator,
} from '@tidelog/coordinator';
import type { BrokerConfig, ClusterMetadata } from '@tidelog/metadata';
import type { Clock } from '@tidelog/platform';
import type { ResponseOf } from '@tidelog/protocol';
import type { LoggerLevels } from './config/logger-levels.ts';
import type { FetchSessions } from './fetch/fetch-sessions.ts';
import type { BrokerMetrics } from './metrics/broker-metrics.ts';
import type { ReplicaHosting } from './partition/replica-hosting.ts';
import type { Partitions } from './partition/partitions.ts';
import type { OrderedAppends } from './produce/ordered-appends.ts';
import type { ProducerIds } from './producer/producer-ids.ts';
import type { ClientTelemetry } from './telemetry/client-telemetry.ts';
import type { Sharing } from './share/sharing.ts';
import type { InternalTopic } from './topics/auto-creation.ts';
import type { StreamsTopics } from './topics/streams-topics.ts';
import type { TransactionVerification } from './transaction/transaction-verification.ts';

export type ServedVersions = ResponseOf<'ApiVersions'>['apiKeys'][number];
export type SupportedFeature = { name: string; minVersion: number; maxVersion: number };

/** What handlers stand on. */
export interface BrokerServices {
  readonly nodeId: number;
  readonly clusterId: string;
  readonly clock: Clock;
  /** The effective configuration; a dynamic change makes a new one. */
  readonly config: BrokerConfig;
  readonly metadata: ClusterMetadata;
  readonly loggers: LoggerLevels;
  readonly metrics: BrokerMetrics;
  readonly telemetry: ClientTelemetry;
  readonly hosting: ReplicaHosting;
  readonly partitions: Partitions;
  /** How clients' batches get into the partitions. */
  readonly appends: OrderedAppends;
  readonly groups: GroupCoordinator;
  readonly verification: TransactionVerification;
  readonly transactions: TransactionCoordinator;
  readonly shareGroups: ShareGroupCoordinator;
  readonly streamsGroups: StreamsGroupCoordinator;
  /** Internal topics of streams groups, as they are created. */
  readonly streamsTopics: StreamsTopics;
  /** The share coordinator of the partitions of `__share_group_state` that this broker leads. */
  readonly shareState: ShareCoordinator;
  /** The share coordinator wherever it is; creates its topic and tries again where that helps. */
  readonly sharePersister: SharePersister;
  /** Members of share groups, and the records on their way to them. */
  readonly sharing: Sharing;
  readonly producerIds: ProducerIds;
  readonly fetchSessions: FetchSessions;
  /** Topics that the broker creates for itself, by name. */
  readonly internalTopics: ReadonlyMap<string, InternalTopic>;
  /** The table of handlers, as ApiVersions lists it. */
  readonly servedApis: readonly ServedVersions[];
  readonly supportedFeatures: readonly SupportedFeature[];
  /** Finalized levels of all features, kraft.version among them. */
  finalizedFeatures(): ReadonlyMap<string, number>;
}
