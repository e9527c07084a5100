import type { ApiName } from '@tidelog/protocol';

/**
 * From which version on a client waits for `throttleTimeMs` (KIP-219); in versions before that, and for other
 * APIs, the broker has held the response back instead. As Apache Kafka's client 4.3 has it.
 */
const throttledSince: { readonly [Name in ApiName]?: number } = {
  Produce: 6,
  Fetch: 8,
  ListOffsets: 3,
  Metadata: 6,
  OffsetCommit: 4,
  OffsetFetch: 4,
  FindCoordinator: 2,
  JoinGroup: 3,
  Heartbeat: 2,
  LeaveGroup: 2,
  SyncGroup: 2,
  DescribeGroups: 2,
  ListGroups: 2,
  ApiVersions: 2,
  CreateTopics: 3,
  DeleteTopics: 2,
  DeleteRecords: 1,
  InitProducerId: 1,
  AddPartitionsToTxn: 1,
  AddOffsetsToTxn: 1,
  EndTxn: 1,
  TxnOffsetCommit: 1,
  DescribeAcls: 1,
  CreateAcls: 1,
  DeleteAcls: 1,
  DescribeConfigs: 2,
  AlterConfigs: 1,
  AlterReplicaLogDirs: 1,
  DescribeLogDirs: 1,
  CreatePartitions: 1,
  CreateDelegationToken: 1,
  RenewDelegationToken: 1,
  ExpireDelegationToken: 1,
  DescribeDelegationToken: 1,
  DeleteGroups: 1,
  ElectLeaders: 0,
  IncrementalAlterConfigs: 0,
  AlterPartitionReassignments: 0,
  ListPartitionReassignments: 0,
  OffsetDelete: 0,
  DescribeUserScramCredentials: 0,
  AlterUserScramCredentials: 0,
  UnregisterBroker: 0,
  DescribeTopicPartitions: 0,
};

/** How long nothing more may be sent on the connection that a response came on, in milliseconds. */
export function throttleOf(api: string, version: number, response: unknown): number {
  const since = throttledSince[api as ApiName] ?? Number.POSITIVE_INFINITY;
  const { throttleTimeMs = 0 } = response as { readonly throttleTimeMs?: number };
  return version >= since ? Math.max(0, throttleTimeMs) : 0;
}
