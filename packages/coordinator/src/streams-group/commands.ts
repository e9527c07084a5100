import type { RequestOf, ResponseOf } from '@tidelog/protocol';
import type { Sender } from '../group/commands.ts';
import type { InternalTopic } from './configured-topology.ts';

/** Requests of members of streams groups, and of those who look at these. */
export type StreamsGroupCommand =
  | {
      readonly api: 'StreamsGroupHeartbeat';
      readonly request: RequestOf<'StreamsGroupHeartbeat'>;
      readonly sender: Sender;
    }
  | { readonly api: 'StreamsGroupDescribe'; readonly groupIds: readonly string[] };

export interface StreamsGroupReplies {
  StreamsGroupHeartbeat: StreamsHeartbeatReply;
  StreamsGroupDescribe: ResponseOf<'StreamsGroupDescribe'>['groups'];
}

export interface StreamsHeartbeatReply {
  readonly response: ResponseOf<'StreamsGroupHeartbeat'>;
  /** What the topology needs and is not there: the broker creates it. */
  readonly missingTopics: readonly InternalTopic[];
}
