import { BatchBuilder, type BatchOptions, type RequestInput, ZERO_UUID } from '@tidelog/protocol';
import type { handlers } from './handlers/index.ts';
import { securityRequests } from './security-requests.test-table.ts';
import { transactionRequests } from './transaction-requests.test-table.ts';

export type ServedName = keyof typeof handlers;

/** What the requests speak of. */
export interface Subject {
  readonly topic: string;
  readonly topicId: string;
  readonly group: string;
}

type Requests = {
  readonly [K in ServedName]: (version: number, subject: Subject) => RequestInput<K>;
};

const now = Date.now();

/** A batch with one record for each value. */
export function batchOf(values: readonly (string | null)[], options: BatchOptions = {}): Buffer {
  const builder = new BatchBuilder();
  for (const value of values) builder.append(now, 'key', value);
  return Buffer.from(builder.finish(options));
}

/** A topic as a request names it: by id from a version on, by name before. */
function named(version: number, sinceId: number, { topic, topicId }: Subject) {
  return version >= sinceId
    ? { name: '', topic: '', topicId }
    : { name: topic, topic, topicId: ZERO_UUID };
}

/** What all requests about the state of share partitions have in common. */
function shareState<P>({ group, topicId }: Subject, partition: P) {
  return { groupId: group, topics: [{ topicId, partitions: [partition] }] };
}

/** One sound request for each API, as a client of that version would send it. */
export const requests: Requests = {
  ...securityRequests,
  ...transactionRequests,
  Produce: (version, subject) => ({
    acks: -1,
    timeoutMs: 1000,
    topicData: [
      {
        ...named(version, 13, subject),
        partitionData: [{ index: 0, records: batchOf(['one', 'two', null]) }],
      },
    ],
  }),
  Fetch: (version, subject) => ({
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 1 << 20,
    topics: [
      {
        ...named(version, 13, subject),
        partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20 }],
      },
    ],
    forgottenTopicsData: [],
  }),
  ListOffsets: (version, { topic }) => ({
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
    timeoutMs: version >= 10 ? 1000 : 0,
  }),
  Metadata: (version, subject) => ({
    topics: [
      version >= 12
        ? { topicId: subject.topicId, name: null }
        : { topicId: ZERO_UUID, name: subject.topic },
    ],
    includeClusterAuthorizedOperations: version >= 8 && version <= 10,
    includeTopicAuthorizedOperations: version >= 8,
  }),
  OffsetCommit: (version, subject) => ({
    groupId: subject.group,
    generationIdOrMemberEpoch: -1,
    memberId: '',
    topics: [
      {
        ...named(version, 10, subject),
        partitions: [{ partitionIndex: 0, committedOffset: 2, committedMetadata: 'm' }],
      },
    ],
  }),
  OffsetFetch: (version, subject) => {
    if (version < 8) {
      const topics = [{ name: subject.topic, partitionIndexes: [0] }];
      return { groupId: subject.group, topics, groups: [] };
    }
    const topics = [{ ...named(version, 10, subject), partitionIndexes: [0] }];
    return { groupId: '', topics: [], groups: [{ groupId: subject.group, topics }] };
  },
  FindCoordinator: (version, { group }) =>
    version >= 4 ? { key: '', coordinatorKeys: [group] } : { key: group, coordinatorKeys: [] },
  JoinGroup: (version, { group }) => ({
    groupId: `${group}-members-${version}`,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.from('metadata') }],
  }),
  SyncGroup: (version, { group }) => ({
    groupId: group,
    generationId: 1,
    memberId: 'nobody',
    ...(version >= 5 && { protocolType: 'consumer', protocolName: 'range' }),
    assignments: [{ memberId: 'nobody', assignment: Buffer.from('assignment') }],
  }),
  Heartbeat: (_version, { group }) => ({ groupId: group, generationId: 1, memberId: 'nobody' }),
  LeaveGroup: (version, { group }) =>
    version >= 3
      ? { groupId: group, memberId: '', members: [{ memberId: 'nobody' }] }
      : { groupId: group, memberId: 'nobody', members: [] },
  ConsumerGroupHeartbeat: (version, { group, topic }) => ({
    groupId: `${group}-consumers-${version}`,
    memberId: version >= 1 ? 'member' : '',
    memberEpoch: 0,
    rebalanceTimeoutMs: 10_000,
    subscribedTopicNames: [topic],
    topicPartitions: [],
  }),
  ConsumerGroupDescribe: (_version, { group }) => ({
    groupIds: [group],
    includeAuthorizedOperations: true,
  }),
  DescribeGroups: (version, { group }) => ({
    groups: [group],
    includeAuthorizedOperations: version >= 3,
  }),
  ListGroups: (version) => ({
    statesFilter: version >= 4 ? ['Empty', 'Stable'] : [],
    typesFilter: version >= 5 ? ['classic'] : [],
  }),
  ApiVersions: () => ({ clientSoftwareName: 'test', clientSoftwareVersion: '1.0' }),
  CreateTopics: (version) => ({
    topics: [
      {
        name: `created-${version}`,
        numPartitions: version >= 4 ? -1 : 2,
        replicationFactor: version >= 4 ? -1 : 1,
        assignments: [],
        configs: [{ name: 'retention.ms', value: '3600000' }],
      },
    ],
    timeoutMs: 1000,
  }),
  DeleteTopics: (version) =>
    version >= 6
      ? { topics: [{ name: `deleted-${version}`, topicId: ZERO_UUID }], timeoutMs: 1000 }
      : { topics: [], topicNames: [`deleted-${version}`], timeoutMs: 1000 },
  DeleteRecords: (_version, { topic }) => ({
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: 0 }] }],
    timeoutMs: 1000,
  }),
  InitProducerId: () => ({ transactionalId: null, transactionTimeoutMs: 1000 }),
  OffsetForLeaderEpoch: (version, { topic }) => ({
    replicaId: version >= 3 ? -1 : -2,
    topics: [{ topic, partitions: [{ partition: 0, leaderEpoch: 0 }] }],
  }),
  DescribeConfigs: (version, { topic }) => ({
    resources: [
      { resourceType: 2, resourceName: topic, configurationKeys: null },
      { resourceType: 4, resourceName: '1', configurationKeys: [] },
    ],
    includeSynonyms: true,
    includeDocumentation: version >= 3,
  }),
  AlterConfigs: (_version, { topic }) => ({
    resources: [
      { resourceType: 2, resourceName: topic, configs: [{ name: 'flush.ms', value: '1000' }] },
    ],
    validateOnly: false,
  }),
  AlterReplicaLogDirs: (_version, { topic }) => ({
    dirs: [{ path: '/no/such/directory', topics: [{ name: topic, partitions: [0] }] }],
  }),
  DescribeLogDirs: (_version, { topic }) => ({ topics: [{ topic, partitions: [0] }] }),
  CreatePartitions: (version, { topic }) => ({
    topics: [{ name: topic, count: 3 + version, assignments: null }],
    timeoutMs: 1000,
    validateOnly: false,
  }),
  DeleteGroups: () => ({ groupsNames: ['no-such-group'] }),
  ElectLeaders: (version, { topic }) => ({
    ...(version >= 1 && { electionType: 0 }),
    topicPartitions: [{ topic, partitions: [0] }],
    timeoutMs: 1000,
  }),
  IncrementalAlterConfigs: (_version, { topic }) => ({
    resources: [
      {
        resourceType: 2,
        resourceName: topic,
        configs: [{ name: 'flush.ms', configOperation: 0, value: '2000' }],
      },
    ],
    validateOnly: false,
  }),
  AlterPartitionReassignments: (_version, { topic }) => ({
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, replicas: [1] }] }],
    timeoutMs: 1000,
  }),
  ListPartitionReassignments: () => ({ topics: null, timeoutMs: 1000 }),
  OffsetDelete: (_version, { group, topic }) => ({
    groupId: group,
    topics: [{ name: topic, partitions: [{ partitionIndex: 0 }] }],
  }),
  DescribeQuorum: () => ({
    topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }],
  }),
  UpdateFeatures: (version) => ({
    featureUpdates: [{ feature: 'metadata.version', maxVersionLevel: 30 }],
    ...(version >= 1 && { validateOnly: true }),
  }),
  DescribeCluster: (version) => ({
    includeClusterAuthorizedOperations: true,
    includeFencedBrokers: version >= 2,
  }),
  WriteTxnMarkers: (version, { topic }) => ({
    markers: [
      {
        producerId: 1000,
        producerEpoch: version,
        transactionResult: true,
        topics: [{ name: topic, partitionIndexes: [0] }],
        coordinatorEpoch: 0,
        transactionVersion: version === 2 ? 2 : 0,
      },
    ],
  }),
  DescribeProducers: (_version, { topic }) => ({
    topics: [{ name: topic, partitionIndexes: [0] }],
  }),
  UnregisterBroker: () => ({ brokerId: 77 }),
  DescribeTopicPartitions: (_version, { topic }) => ({ topics: [{ name: topic }] }),
  ShareFetch: (_version, subject) => ({
    groupId: subject.group,
    memberId: 'AAAAAAAAAAAAAAAAAAAAEQ',
    shareSessionEpoch: 0,
    maxWaitMs: 0,
    minBytes: 0,
    maxRecords: 10,
    batchSize: 10,
    topics: [
      {
        topicId: subject.topicId,
        partitions: [{ partitionIndex: 0, acknowledgementBatches: [] }],
      },
    ],
    forgottenTopicsData: [],
  }),
  ShareAcknowledge: (_version, subject) => ({
    groupId: subject.group,
    memberId: 'AAAAAAAAAAAAAAAAAAAAEQ',
    shareSessionEpoch: 1,
    topics: [
      {
        topicId: subject.topicId,
        partitions: [
          {
            partitionIndex: 0,
            acknowledgementBatches: [{ firstOffset: 0, lastOffset: 0, acknowledgeTypes: [1] }],
          },
        ],
      },
    ],
  }),
  InitializeShareGroupState: (_version, subject) =>
    shareState(subject, { partition: 0, stateEpoch: 0, startOffset: -1 }),
  ReadShareGroupState: (_version, subject) => shareState(subject, { partition: 0, leaderEpoch: 0 }),
  WriteShareGroupState: (version, subject) =>
    shareState(subject, {
      partition: 0,
      stateEpoch: 0,
      leaderEpoch: 0,
      startOffset: 1,
      stateBatches: [{ firstOffset: 1, lastOffset: 2, deliveryState: 2, deliveryCount: 1 }],
      ...(version >= 1 && { deliveryCompleteCount: 2 }),
    }),
  DeleteShareGroupState: (_version, subject) => shareState(subject, { partition: 0 }),
  ReadShareGroupStateSummary: (_version, subject) =>
    shareState(subject, { partition: 0, leaderEpoch: 0 }),
  ShareGroupHeartbeat: (_version, { topic }) => ({
    groupId: 'share-group',
    memberId: 'member',
    memberEpoch: 0,
    rackId: null,
    subscribedTopicNames: [topic],
  }),
  ShareGroupDescribe: () => ({ groupIds: ['share-group'], includeAuthorizedOperations: true }),
  StreamsGroupHeartbeat: (_version, { topic }) => ({
    groupId: 'streams-group',
    memberId: 'member',
    memberEpoch: 0,
    endpointInformationEpoch: 0,
    rebalanceTimeoutMs: 1000,
    processId: 'process',
    topology: {
      epoch: 0,
      subtopologies: [
        {
          subtopologyId: '0',
          sourceTopics: [topic],
          sourceTopicRegex: [],
          stateChangelogTopics: [],
          repartitionSinkTopics: [],
          repartitionSourceTopics: [],
          copartitionGroups: [],
        },
      ],
    },
    activeTasks: [],
    standbyTasks: [],
    warmupTasks: [],
  }),
  StreamsGroupDescribe: () => ({ groupIds: ['streams-group'], includeAuthorizedOperations: true }),
  DescribeShareGroupOffsets: (_version, { topic }) => ({
    groups: [
      { groupId: 'share-group', topics: null },
      { groupId: 'share-offsets', topics: [{ topicName: topic, partitions: [0] }] },
    ],
  }),
  AlterShareGroupOffsets: (_version, { topic }) => ({
    groupId: 'share-offsets',
    topics: [{ topicName: topic, partitions: [{ partitionIndex: 0, startOffset: 1 }] }],
  }),
  DeleteShareGroupOffsets: (_version, { topic }) => ({
    groupId: 'share-offsets',
    topics: [{ topicName: topic }],
  }),
};
