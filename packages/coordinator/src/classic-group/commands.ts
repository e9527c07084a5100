import type { RequestOf, ResponseOf } from '@tidelog/protocol';
import type { Sender } from '../group/commands.ts';

/** Requests of members of the classic protocol, and of those who look at its groups. */
export type ClassicCommand =
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
      readonly api: 'DescribeGroups';
      readonly groupIds: readonly string[];
      readonly apiVersion: number;
    };

export interface ClassicReplies {
  JoinGroup: ResponseOf<'JoinGroup'>;
  SyncGroup: ResponseOf<'SyncGroup'>;
  Heartbeat: ResponseOf<'Heartbeat'>;
  LeaveGroup: ResponseOf<'LeaveGroup'>;
  DescribeGroups: ResponseOf<'DescribeGroups'>['groups'];
}
