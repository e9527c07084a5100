import type { RequestOf, ResponseOf } from '@tidelog/protocol';
import type { ClassicCommand, ClassicReplies } from '../classic-group/commands.ts';
import type { ConsumerGroupCommand, ConsumerGroupReplies } from '../consumer-group/commands.ts';
import type { OffsetCommand, OffsetReplies } from '../offsets/commands.ts';
import type { ShareGroupCommand, ShareGroupReplies } from '../share-group/commands.ts';
import type { StreamsGroupCommand, StreamsGroupReplies } from '../streams-group/commands.ts';

/** Who sent a request, as far as a group remembers it. */
export interface Sender {
  readonly apiVersion: number;
  readonly clientId: string;
  readonly clientHost: string;
}

/** What is asked of groups whatever their kind, or told to all of them. */
type TableCommand =
  | { readonly api: 'ListGroups'; readonly request: RequestOf<'ListGroups'> }
  | { readonly api: 'DeleteGroups'; readonly groupIds: readonly string[] }
  | { readonly api: 'TopicsChanged'; readonly change: TopicsChange };

/** The view of the topics has moved on. */
export interface TopicsChange {
  /** Topics that are new, changed or gone. */
  readonly names: readonly string[];
  /** There are new topics among them, which regular expressions may match. */
  readonly created: boolean;
}

interface TableReplies {
  ListGroups: ResponseOf<'ListGroups'>['groups'];
  DeleteGroups: ResponseOf<'DeleteGroups'>['results'];
  TopicsChanged: null;
}

/** Each kind of group brings its own. */
export type GroupCommand =
  | TableCommand
  | OffsetCommand
  | ClassicCommand
  | ConsumerGroupCommand
  | ShareGroupCommand
  | StreamsGroupCommand;

/** What each command is answered. */
export interface GroupReplies
  extends TableReplies,
    OffsetReplies,
    ClassicReplies,
    ConsumerGroupReplies,
    ShareGroupReplies,
    StreamsGroupReplies {}

export type GroupReply = GroupReplies[keyof GroupReplies];
export type CommandOf<Api extends GroupCommand['api']> = Extract<
  GroupCommand,
  { readonly api: Api }
>;
