import { describe, expect, it } from 'vitest';
import { ScriptedCluster } from '../testing/scripted-cluster.ts';
import type { Admin } from './admin.ts';

/** The operations of Java's `Admin` of Kafka 4.3, each with the one of ours that does it. */
const java = {
  abortTransaction: 'abortTransaction',
  addRaftVoter: 'addRaftVoter',
  alterClientQuotas: 'alterClientQuotas',
  alterConsumerGroupOffsets: 'alterGroupOffsets',
  alterPartitionReassignments: 'alterPartitionReassignments',
  alterReplicaLogDirs: 'alterReplicaLogDirs',
  alterShareGroupOffsets: 'alterShareGroupOffsets',
  alterStreamsGroupOffsets: 'alterGroupOffsets',
  alterUserScramCredentials: 'alterUserScramCredentials',
  clientInstanceId: 'clientInstanceId',
  close: 'close',
  createAcls: 'createAcls',
  createDelegationToken: 'createDelegationToken',
  createPartitions: 'createPartitions',
  createTopics: 'createTopics',
  deleteAcls: 'deleteAcls',
  deleteConsumerGroupOffsets: 'deleteGroupOffsets',
  deleteConsumerGroups: 'deleteGroups',
  deleteRecords: 'deleteRecords',
  deleteShareGroupOffsets: 'deleteShareGroupOffsets',
  deleteShareGroups: 'deleteGroups',
  deleteStreamsGroupOffsets: 'deleteGroupOffsets',
  deleteStreamsGroups: 'deleteGroups',
  deleteTopics: 'deleteTopics',
  describeAcls: 'describeAcls',
  describeClassicGroups: 'describeGroups',
  describeClientQuotas: 'describeClientQuotas',
  describeCluster: 'describeCluster',
  describeConfigs: 'describeConfigs',
  describeConsumerGroups: 'describeGroups',
  describeDelegationToken: 'describeDelegationTokens',
  describeFeatures: 'describeFeatures',
  describeLogDirs: 'describeLogDirs',
  describeMetadataQuorum: 'describeMetadataQuorum',
  describeProducers: 'describeProducers',
  describeReplicaLogDirs: 'describeReplicaLogDirs',
  describeShareGroups: 'describeShareGroups',
  describeStreamsGroups: 'describeStreamsGroups',
  describeTopics: 'describeTopics',
  describeTransactions: 'describeTransactions',
  describeUserScramCredentials: 'describeUserScramCredentials',
  electLeaders: 'electLeaders',
  expireDelegationToken: 'expireDelegationToken',
  fenceProducers: 'fenceProducers',
  forceTerminateTransaction: 'forceTerminateTransaction',
  incrementalAlterConfigs: 'incrementalAlterConfigs',
  listClientMetricsResources: 'listConfigResources',
  listConfigResources: 'listConfigResources',
  listConsumerGroupOffsets: 'listOffsetsOfGroups',
  listConsumerGroups: 'listGroups',
  listGroups: 'listGroups',
  listOffsets: 'listOffsets',
  listPartitionReassignments: 'listPartitionReassignments',
  listShareGroupOffsets: 'listShareGroupOffsets',
  listStreamsGroupOffsets: 'listOffsetsOfGroups',
  listTopics: 'listTopics',
  listTransactions: 'listTransactions',
  removeMembersFromConsumerGroup: 'removeMembers',
  removeRaftVoter: 'removeRaftVoter',
  renewDelegationToken: 'renewDelegationToken',
  unregisterBroker: 'unregisterBroker',
  updateFeatures: 'updateFeatures',
} as const satisfies Record<string, keyof Admin>;

/** Those without one: the metrics of the client itself, which ours publishes in other ways. */
const unserved = ['metrics', 'registerMetricForSubscription', 'unregisterMetricFromSubscription'];

/** Ours that is a short way to another. */
const shortcuts = ['listGroupOffsets'];

describe('the operations of an admin', () => {
  it('are those of Java', () => {
    const ours = Object.keys(new ScriptedCluster(1).admin()).sort();
    expect([...new Set<string>([...Object.values(java), ...shortcuts])].sort()).toEqual(ours);
    expect(Object.keys(java).length + unserved.length).toBe(65);
  });
});
