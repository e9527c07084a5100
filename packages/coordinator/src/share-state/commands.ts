import type { RequestOf, ResponseOf } from '@tidelog/protocol';
import type { SharePartitionKey } from './share-partition-key.ts';

type Partition<Request extends { topics: readonly { partitions: readonly unknown[] }[] }> =
  Request['topics'][number]['partitions'][number];

/** The APIs that keep the state of share partitions. */
export type ShareStateApi =
  | 'InitializeShareGroupState'
  | 'ReadShareGroupState'
  | 'WriteShareGroupState'
  | 'DeleteShareGroupState'
  | 'ReadShareGroupStateSummary';

/** What a request asks of one share partition. */
export type ShareStateRequest<Api extends ShareStateApi> = Partition<RequestOf<Api>>;
export type ShareStateResult<Api extends ShareStateApi> =
  ResponseOf<Api>['results'][number]['partitions'][number];

/** One share partition of a request. */
export interface ShareStateCommandOf<Api extends ShareStateApi> {
  readonly api: Api;
  readonly key: SharePartitionKey;
  readonly request: ShareStateRequest<Api>;
  /** Whether the topic exists and has the partition. */
  readonly partitionExists: boolean;
}

export type ShareStateCommand =
  | { [Api in ShareStateApi]: ShareStateCommandOf<Api> }[ShareStateApi]
  | { readonly api: 'TopicsDeleted'; readonly topicIds: ReadonlySet<string> }
  /** Asks below which offset the log is not needed any more; null: all of it is. */
  | { readonly api: 'FirstNeededOffset' };

export type ShareStateReply = ShareStateResult<ShareStateApi> | number | null;
