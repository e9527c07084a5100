import type { RequestOf } from '@tidelog/protocol';
import type { RaftApi, Reply } from '@tidelog/raft';
import type { ControllerApi, ReplyTo } from '../controller/commands.ts';
import type { MetadataDelta } from '../image/metadata-delta.ts';
import type { MetadataImage } from '../image/metadata-image.ts';
import type { ClusterMetadataOptions } from './cluster-metadata-options.ts';
import { MetadataNode } from './metadata-node.ts';

/** A batch of committed records has been applied to the image. */
export interface MetadataChange {
  readonly image: MetadataImage;
  readonly delta: MetadataDelta;
  /** The offset behind the last applied record. */
  readonly appliedOffset: number;
}

/** This node's share in the cluster's metadata: the committed image, and the way to the controller. */
export interface ClusterMetadata {
  /** What is committed, and therefore durable. The same object for the whole life. */
  readonly image: MetadataImage;
  /** The offset behind the last record that is applied to the image. */
  readonly appliedOffset: number;
  /** Who leads the metadata quorum; null while that isn't known. */
  readonly leaderId: number | null;
  readonly leaderEpoch: number;
  /** kraft.version: 1 where the voters stand in the log (KIP-853). */
  readonly kraftVersion: number;
  /**
   * Decides a request, and answers when what was decided is committed and applied to the image (so
   * that listeners have run). Resolves always: where this node does not lead, with NOT_CONTROLLER in
   * the place that the API has for it. The append has been placed when this returns.
   */
  submit<A extends ControllerApi>(
    api: A,
    request: RequestOf<A>,
    version?: number,
  ): Promise<ReplyTo<A>>;
  /** Calls `listener` after each applied batch, in order; returns how to stop that. */
  onChange(listener: (change: MetadataChange) => void): () => void;
  /** Answers a request on the quorum itself: DescribeQuorum, AddRaftVoter, Vote, Fetch, ... */
  quorumRequest<A extends RaftApi>(
    api: A,
    request: RequestOf<A>,
    version: number,
  ): Promise<Reply<A>>;
  close(): Promise<void>;
}

/**
 * Loads the metadata log and joins its quorum. Resolves when the image has all that was committed: on
 * a sole voter that is after its election, with the controller active. Rejects where the log cannot
 * be read.
 */
export async function openClusterMetadata(
  options: ClusterMetadataOptions,
): Promise<ClusterMetadata> {
  const node = new MetadataNode(options);
  await node.start();
  return node;
}
