import type { RequestOf, ResponseOf } from '@tidelog/protocol';

/** The requests that the active controller decides. */
export type ControllerApi =
  | 'CreateTopics'
  | 'DeleteTopics'
  | 'CreatePartitions'
  | 'AlterConfigs'
  | 'IncrementalAlterConfigs'
  | 'BrokerRegistration'
  | 'ControllerRegistration'
  | 'BrokerHeartbeat'
  | 'UnregisterBroker'
  | 'AlterPartition'
  | 'ElectLeaders'
  | 'AlterPartitionReassignments'
  | 'ListPartitionReassignments'
  | 'AssignReplicasToDirs'
  | 'UpdateFeatures'
  | 'AlterClientQuotas'
  | 'AlterUserScramCredentials'
  | 'AllocateProducerIds';

/** A request to the controller: one of an API that it decides, as a handler has decoded it. */
export type Command = {
  [A in ControllerApi]: CommandOf<A>;
}[ControllerApi];

export interface CommandOf<A extends ControllerApi> {
  readonly api: A;
  readonly request: RequestOf<A>;
  /** The version that the request came in, where the answer depends on it. */
  readonly version: number;
}

/** What the controller answers, without throttling. */
export type ReplyTo<A extends ControllerApi> = ResponseOf<A>;
