import type { KafkaError, RequestOf, ResponseOf } from '@tidelog/protocol';

/** Share partitions by topic id. */
export type SharePartitions = ReadonlyMap<string, ReadonlySet<number>>;

export type ShareGroupCommand =
  | {
      readonly api: 'ShareGroupHeartbeat';
      readonly request: RequestOf<'ShareGroupHeartbeat'>;
      readonly clientId: string;
      readonly clientHost: string;
    }
  | { readonly api: 'ShareGroupDescribe'; readonly groupIds: readonly string[] }
  /** The share coordinator has initialised the state of these, or it has failed to. */
  | {
      readonly api: 'ShareStateInitialized';
      readonly groupId: string;
      readonly partitions: SharePartitions;
      readonly success: boolean;
    }
  /** Asks which share partitions have a state. */
  | { readonly api: 'InitializedSharePartitions'; readonly groupId: string }
  | {
      readonly api: 'AlterShareGroupOffsets';
      readonly request: RequestOf<'AlterShareGroupOffsets'>;
    }
  | {
      readonly api: 'DeleteShareGroupOffsets';
      readonly request: RequestOf<'DeleteShareGroupOffsets'>;
    }
  /** The share coordinator has deleted the state of these topics. */
  | {
      readonly api: 'ShareOffsetsDeleted';
      readonly groupId: string;
      readonly topicIds: ReadonlySet<string>;
    }
  /** Share groups are to be deleted: their state goes first. */
  | { readonly api: 'DeleteShareState'; readonly groupIds: readonly string[] };

export interface ShareGroupReplies {
  ShareGroupHeartbeat: {
    readonly response: ResponseOf<'ShareGroupHeartbeat'>;
    /** What the share coordinator is to be asked now. */
    readonly initialize: RequestOf<'InitializeShareGroupState'> | null;
  };
  ShareGroupDescribe: ResponseOf<'ShareGroupDescribe'>['groups'];
  ShareStateInitialized: null;
  InitializedSharePartitions: SharePartitions;
  AlterShareGroupOffsets: {
    readonly response: ResponseOf<'AlterShareGroupOffsets'>;
    readonly initialize: RequestOf<'InitializeShareGroupState'> | null;
  };
  DeleteShareGroupOffsets: {
    readonly response: ResponseOf<'DeleteShareGroupOffsets'>;
    /** The topics whose state is to be deleted, with their names, and the request that does it. */
    readonly names: ReadonlyMap<string, string>;
    readonly remove: RequestOf<'DeleteShareGroupState'> | null;
  };
  ShareOffsetsDeleted: null;
  DeleteShareState: readonly {
    readonly groupId: string;
    /** Why the group stays. */
    readonly error: KafkaError | null;
    readonly remove: RequestOf<'DeleteShareGroupState'> | null;
  }[];
}
