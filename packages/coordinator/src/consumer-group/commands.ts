import type { RequestOf, ResponseOf } from '@tidelog/protocol';
import type { Sender } from '../group/commands.ts';

/** Requests of members of the consumer protocol, and of those who look at its groups. */
export type ConsumerGroupCommand =
  | {
      readonly api: 'ConsumerGroupHeartbeat';
      readonly request: RequestOf<'ConsumerGroupHeartbeat'>;
      readonly sender: Sender;
      /** For a member that has no id yet (version 0). */
      readonly newMemberId: string;
    }
  | { readonly api: 'ConsumerGroupDescribe'; readonly groupIds: readonly string[] };

export interface ConsumerGroupReplies {
  ConsumerGroupHeartbeat: ResponseOf<'ConsumerGroupHeartbeat'>;
  ConsumerGroupDescribe: ResponseOf<'ConsumerGroupDescribe'>['groups'];
}
