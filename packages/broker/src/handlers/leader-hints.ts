import { errors, type KafkaError } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';
import { liveNode, type NodeDescription } from './topic-description.ts';

/** Collects, for one response, whom a client that asked the wrong broker should ask (KIP-951). */
export class LeaderHints {
  readonly #broker: BrokerServices;
  readonly #listenerName: string;
  /** Null as long as nothing was asked wrongly: every produce and fetch has hints. */
  #nodes: Map<number, NodeDescription> | null = null;

  constructor(broker: BrokerServices, listenerName: string) {
    this.#broker = broker;
    this.#listenerName = listenerName;
  }

  leaderOf(topic: string, index: number): { leaderId: number; leaderEpoch: number } | undefined {
    const { image } = this.#broker.metadata;
    const partition = image.topics.partition(topic, index);
    if (partition === undefined) return undefined;
    const node = liveNode(image, partition.leader, this.#listenerName);
    if (node !== undefined) (this.#nodes ??= new Map()).set(node.nodeId, node);
    return { leaderId: partition.leader, leaderEpoch: partition.leaderEpoch };
  }

  /** Who leads a partition that is not, or no longer, led here; zeros after any other `error`. */
  ofMoved(
    error: KafkaError,
    topic: string | undefined,
    index: number,
  ): { leaderId: number; leaderEpoch: number } {
    const moved = error === errors.NOT_LEADER_OR_FOLLOWER || error === errors.FENCED_LEADER_EPOCH;
    const leader = moved && topic !== undefined ? this.leaderOf(topic, index) : undefined;
    return leader ?? { leaderId: 0, leaderEpoch: 0 };
  }

  /** The nodes that were mentioned. */
  endpoints(): NodeDescription[] {
    return this.#nodes === null ? [] : [...this.#nodes.values()];
  }
}
