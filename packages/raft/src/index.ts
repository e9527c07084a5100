export { DEFAULT_TIMEOUTS, type RaftConfig, type RaftTimeouts } from './config.ts';
export {
  formatQuorumState,
  parseQuorumState,
  type QuorumState,
} from './election/quorum-state.ts';
export type { Effect, Fill, RaftEvent, ReplyOf, SendOf } from './events.ts';
export type { Endpoint, NodeAddress, OffsetAndEpoch, ReplicaKey } from './keys.ts';
export {
  type InboundRequest,
  type InboundResponse,
  METADATA_PARTITION,
  METADATA_TOPIC,
  METADATA_TOPIC_ID,
  type PeerApi,
  type RaftApi,
  type Reply,
  type RequestToSend,
} from './messages.ts';
export type { RandomBelow } from './quorum.ts';
export { Raft } from './raft.ts';
export { decodeControlBatch, encodeControlBatch } from './replication/control-batches.ts';
export type { ControlRecord, LeaderChange } from './replication/control-records.ts';
export type { EpochStart, LogSummary, SnapshotSummary } from './replication/log-view.ts';
export type { ControlRecordAt, Restored } from './restored.ts';
export type { RoleName } from './roles.ts';
export { type Voter, VoterSet } from './voters/voter-set.ts';
export type { InstalledSnapshot, ReplicatedLog } from './node/replicated-log.ts';
export {
  type QuorumListener,
  RaftNode,
  type RaftNodeOptions,
  type RoleChange,
} from './node/raft-node.ts';
export type { PeerRequest, Transport } from './node/transport.ts';
export {
  decodeSnapshot,
  encodeSnapshot,
  type SnapshotContent,
  type SnapshotOptions,
} from './snapshot/snapshot-file.ts';
export {
  parseSnapshotFileName,
  type SnapshotFileKind,
  type SnapshotFileName,
  snapshotFileName,
} from './snapshot/snapshot-name.ts';
