import type { RequestOf, ResponseOf } from '@tidelog/protocol';

/** Who sent a request, as far as a group remembers it. */
export interface Sender {
  readonly apiVersion: number;
  readonly clientId: string;
  readonly clientHost: string;
}

/** One group of an OffsetFetch, in the shape of version 8 and later. */
export type GroupFetch = RequestOf<'OffsetFetch'>['groups'][number];
export type GroupFetched = NonNullable<ResponseOf<'OffsetFetch'>['groups']>[number];

export type GroupCommand =
  | {
      readonly api: 'JoinGroup';
      readonly request: RequestOf<'JoinGroup'>;
      readonly sender: Sender;
      /** What makes a new member's id unique. */
      readonly memberIdSuffix: string;
    }
  | { readonly api: 'SyncGroup'; readonly request: RequestOf<'SyncGroup'> }
  | { readonly api: 'Heartbeat'; readonly request: RequestOf<'Heartbeat'> }
  | { readonly api: 'LeaveGroup'; readonly request: RequestOf<'LeaveGroup'> }
  | {
      readonly api: 'OffsetCommit';
      readonly request: RequestOf<'OffsetCommit'>;
      readonly apiVersion: number;
    }
  | { readonly api: 'OffsetFetch'; readonly fetch: GroupFetch; readonly requireStable: boolean }
  | { readonly api: 'OffsetDelete'; readonly request: RequestOf<'OffsetDelete'> }
  | { readonly api: 'ListGroups'; readonly request: RequestOf<'ListGroups'> }
  | {
      readonly api: 'DescribeGroups';
      readonly groupIds: readonly string[];
      readonly apiVersion: number;
    }
  | { readonly api: 'DeleteGroups'; readonly groupIds: readonly string[] }
  | {
      readonly api: 'TopicsDeleted';
      readonly topics: readonly { readonly name: string; readonly id: string }[];
    };

/** What each command is answered. */
export interface GroupReplies {
  JoinGroup: ResponseOf<'JoinGroup'>;
  SyncGroup: ResponseOf<'SyncGroup'>;
  Heartbeat: ResponseOf<'Heartbeat'>;
  LeaveGroup: ResponseOf<'LeaveGroup'>;
  OffsetCommit: ResponseOf<'OffsetCommit'>;
  OffsetFetch: GroupFetched;
  OffsetDelete: ResponseOf<'OffsetDelete'>;
  ListGroups: ResponseOf<'ListGroups'>['groups'];
  DescribeGroups: ResponseOf<'DescribeGroups'>['groups'];
  DeleteGroups: ResponseOf<'DeleteGroups'>['results'];
  TopicsDeleted: null;
}

export type GroupReply = GroupReplies[keyof GroupReplies];
export type CommandOf<Api extends GroupCommand['api']> = Extract<
  GroupCommand,
  { readonly api: Api }
>;
