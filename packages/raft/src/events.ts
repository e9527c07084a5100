import type { QuorumState } from './election/quorum-state.ts';
import type { NodeAddress, OffsetAndEpoch } from './keys.ts';
import type {
  InboundRequest,
  InboundResponse,
  PeerApi,
  RaftApi,
  Reply,
  RequestToSend,
} from './messages.ts';
import type { ControlRecord } from './replication/control-records.ts';
import type { SnapshotSummary } from './replication/log-view.ts';
import type { RoleName } from './roles.ts';

/** What can happen to a machine. Times are the `now` that comes with the event. */
export type RaftEvent =
  /** First event of a life. A sole voter leads when it has been handled. */
  | { readonly type: 'start' }
  /** Time has passed; due at `nextDeadline()`. */
  | { readonly type: 'tick' }
  | { [A in RaftApi]: InboundRequest<A> }[RaftApi]
  | { [A in PeerApi]: InboundResponse<A> }[PeerApi]
  /** A `send` had no response: refused, closed, timed out. */
  | { readonly type: 'sendFailed'; readonly to: number; readonly correlationId: number }
  /**
   * Encoded record batches to append, from the leader of `epoch`; ignored when that isn't this node.
   * Their base offset and leader epoch are stamped in place.
   */
  | { readonly type: 'propose'; readonly epoch: number; readonly batches: readonly Buffer[] }
  /** Everything below `endOffset` has reached stable storage. */
  | { readonly type: 'synced'; readonly endOffset: number }
  /** The state machine has written a snapshot of its own. */
  | { readonly type: 'snapshotCreated'; readonly snapshot: SnapshotSummary }
  /** What `installSnapshot` asked for is done; `controls` are the control records in it. */
  | {
      readonly type: 'snapshotInstalled';
      readonly snapshot: SnapshotSummary;
      readonly controls: readonly ControlRecord[];
    }
  /** Records and snapshots below `startOffset` were deleted. A snapshot must stand there. */
  | { readonly type: 'logStartAdvanced'; readonly startOffset: number }
  /** The state machine gives up leading `epoch`. */
  | { readonly type: 'resign'; readonly epoch: number }
  /** The node is going to stop: hand over, and start no election. See `canStop()`. */
  | { readonly type: 'shutdown' };

/** Bytes that the shell puts in a response, because the machine has none. */
export type Fill =
  | { readonly from: 'log'; readonly offset: number; readonly maxBytes: number }
  | {
      readonly from: 'snapshot';
      readonly id: OffsetAndEpoch;
      readonly position: number;
      readonly maxBytes: number;
    };

export type SendOf<A extends PeerApi> = {
  readonly type: 'send';
  readonly to: NodeAddress;
  readonly correlationId: number;
  readonly api: A;
  readonly body: RequestToSend<A>;
};

export type ReplyOf<A extends RaftApi> = {
  readonly type: 'reply';
  readonly id: number;
  readonly api: A;
  readonly body: Reply<A>;
  /** Goes to `records` of Fetch, `unalignedRecords` of FetchSnapshot. */
  readonly fill?: Fill | undefined;
};

/** What the shell must do, in this order. Each is done before the next, and before other events. */
export type Effect =
  | { [A in PeerApi]: SendOf<A> }[PeerApi]
  | { [A in RaftApi]: ReplyOf<A> }[RaftApi]
  /** Make durable before anything that follows: `quorum-state`. */
  | { readonly type: 'saveVote'; readonly state: QuorumState }
  /** Write at the end of the log, sync in the background, then report `synced`. */
  | {
      readonly type: 'append';
      readonly baseOffset: number;
      readonly endOffset: number;
      readonly batches: readonly Buffer[];
    }
  | { readonly type: 'truncate'; readonly endOffset: number }
  /** Everything below is committed; only grows in a node's life. */
  | { readonly type: 'commit'; readonly highWatermark: number }
  | {
      readonly type: 'became';
      readonly role: RoleName;
      readonly epoch: number;
      readonly leaderId: number | null;
    }
  /** Opens (position 0) or continues the partial file of a snapshot that is being fetched. */
  | {
      readonly type: 'writeSnapshot';
      readonly id: OffsetAndEpoch;
      readonly position: number;
      readonly bytes: Buffer;
    }
  /**
   * The partial file is whole: make it durable, throw away the log and all older snapshots, start the
   * log at `id.offset`, then report `snapshotInstalled`.
   */
  | { readonly type: 'installSnapshot'; readonly id: OffsetAndEpoch };
