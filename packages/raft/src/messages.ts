import type { RequestInput, RequestOf, ResponseOf, ResponseOutput } from '@tidelog/protocol';

/** The partition that holds the cluster's metadata, and the only one that consensus runs on. */
export const METADATA_TOPIC = '__cluster_metadata';
export const METADATA_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ';
export const METADATA_PARTITION = 0;

/** What replicas of the quorum ask each other. */
export type PeerApi =
  | 'Vote'
  | 'BeginQuorumEpoch'
  | 'EndQuorumEpoch'
  | 'Fetch'
  | 'FetchSnapshot'
  | 'AddRaftVoter'
  | 'RemoveRaftVoter'
  | 'UpdateRaftVoter'
  | 'ApiVersions';

/** What this machine answers. */
export type RaftApi = Exclude<PeerApi, 'ApiVersions'> | 'DescribeQuorum';

/** A request that waits for its answer. */
export interface InboundRequest<A extends RaftApi> {
  readonly type: 'request';
  /** The shell's name for it. */
  readonly id: number;
  readonly api: A;
  readonly version: number;
  readonly body: RequestOf<A>;
}

export interface InboundResponse<A extends PeerApi> {
  readonly type: 'response';
  /** The `to.id` of the `send` that it answers. */
  readonly from: number;
  readonly correlationId: number;
  readonly api: A;
  readonly body: ResponseOutput<A>;
}

export type RequestToSend<A extends PeerApi> = RequestInput<A>;
export type Reply<A extends RaftApi> = ResponseOf<A>;

/** The one partition of a request or response on the metadata topic; null where it isn't that. */
export function metadataPartition<P>(
  topics: readonly { readonly topicName: string; readonly partitions: readonly P[] }[],
): P | null {
  const [topic] = topics;
  if (topics.length !== 1 || topic?.topicName !== METADATA_TOPIC) return null;
  const [partition] = topic.partitions;
  return topic.partitions.length === 1 && partition !== undefined ? partition : null;
}
