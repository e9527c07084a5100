import { errors } from '@tidelog/protocol';
import type { FrontNode } from './front-node.ts';
import type { Leader, NodeEndpoint } from './placement.ts';

/** How a request goes through a node. Messages are decoded; tables tell their types. */
export interface Passage {
  /** What the broker is asked; null: nothing. */
  readonly request: unknown;
  /** What the client hears, from the broker's answer; null where that was not asked. */
  readonly answer: (response: unknown) => unknown;
  /** The whole refusal when the node is not responsible any more, null while it is. */
  readonly moved?: () => unknown;
}

export type PassageOf = (node: FrontNode, request: never) => Passage;

/** What is said of a partition that another node leads. */
export interface Refusal {
  readonly errorCode: number;
  readonly currentLeader: Leader;
}

const NO_LEADER: Leader = { leaderId: -1, leaderEpoch: -1 };

export function topicName(
  { cluster }: FrontNode,
  topic: { readonly name?: string; readonly topic?: string; readonly topicId?: string },
): string {
  return topic.name || topic.topic || (cluster.topicNames.get(topic.topicId ?? '') ?? '');
}

/**
 * Whether the node answers for a partition, to a client that knows this leader epoch (-1: none,
 * KIP-320); null if it does.
 */
export function refuse(
  node: FrontNode,
  topic: string,
  partition: number,
  { knownEpoch = -1, followers = false } = {},
): Refusal | null {
  const { placement, kind } = node.cluster;
  const leader = placement.leaderOf(topic, partition);
  const currentLeader = kind.hints ? leader : NO_LEADER;
  const refusal = ({ code }: { readonly code: number }): Refusal => {
    return { errorCode: code, currentLeader };
  };
  const isReplica = leader.leaderId === node.id || (kind.replicated && followers);
  if (!isReplica) return refusal(errors.NOT_LEADER_OR_FOLLOWER);
  if (knownEpoch >= 0 && knownEpoch < leader.leaderEpoch) {
    return refusal(errors.FENCED_LEADER_EPOCH);
  }
  return knownEpoch > leader.leaderEpoch ? refusal(errors.UNKNOWN_LEADER_EPOCH) : null;
}

/** Where the leaders are that refusals name (KIP-951). */
export function endpointsOf(node: FrontNode, refusals: Iterable<Refusal>): NodeEndpoint[] {
  const ids = new Set(Array.from(refusals, ({ currentLeader }) => currentLeader.leaderId));
  return node.cluster.placement.nodes().filter(({ nodeId }) => ids.has(nodeId));
}
