import type { SeededRandom } from '../../world/seeded-random.ts';

export interface NodeEndpoint {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

export interface Leader {
  /** -1 while there is none. */
  readonly leaderId: number;
  readonly leaderEpoch: number;
}

export type CoordinatorKind = 'group' | 'transaction';

export interface Coordinator {
  readonly nodeId: number;
  /** Until then it loads what it needs to know. */
  readonly readyAtMs: number;
}

/** Who is there, leads and coordinates what, at one moment. */
export class Placement {
  readonly #random: SeededRandom;
  #nodes = new Map<number, NodeEndpoint>();
  #leaders = new Map<string, Leader>();
  #coordinators = new Map<string, Coordinator>();

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** As it is now, for a node that hears of changes later. */
  copy(): Placement {
    const copy = new Placement(this.#random);
    copy.#nodes = new Map(this.#nodes);
    copy.#leaders = new Map(this.#leaders);
    copy.#coordinators = new Map(this.#coordinators);
    return copy;
  }

  /** Those that are up. */
  nodes(): NodeEndpoint[] {
    return [...this.#nodes.values()].sort((a, b) => a.nodeId - b.nodeId);
  }

  node(nodeId: number): NodeEndpoint | undefined {
    return this.#nodes.get(nodeId);
  }

  comesUp(node: NodeEndpoint): void {
    this.#nodes.set(node.nodeId, node);
  }

  /** Its partitions have no leader until they are moved. */
  goesDown(nodeId: number): void {
    this.#nodes.delete(nodeId);
    for (const [key, { leaderId, leaderEpoch }] of this.#leaders) {
      if (leaderId === nodeId) this.#leaders.set(key, { leaderId: -1, leaderEpoch });
    }
  }

  /** Drawn when somebody asks for the first time. */
  leaderOf(topic: string, partition: number): Leader {
    const key = `${topic}-${partition}`;
    let leader = this.#leaders.get(key);
    if (leader === undefined) {
      this.#leaders.set(key, (leader = { leaderId: this.#draw().nodeId, leaderEpoch: 1 }));
    }
    return leader;
  }

  /** Undefined where nobody has asked yet. */
  knownLeader(topic: string, partition: number): Leader | undefined {
    return this.#leaders.get(`${topic}-${partition}`);
  }

  knownCoordinator(kind: CoordinatorKind, key: string): Coordinator | undefined {
    return this.#coordinators.get(`${kind} ${key}`);
  }

  coordinatorOf(kind: CoordinatorKind, key: string): Coordinator {
    const name = `${kind} ${key}`;
    let coordinator = this.#coordinators.get(name);
    if (coordinator === undefined) {
      coordinator = { nodeId: this.#draw().nodeId, readyAtMs: 0 };
      this.#coordinators.set(name, coordinator);
    }
    return coordinator;
  }

  /** Gives one partition to another node, in the next epoch; returns the leader before. */
  moveLeader(): number {
    const keys = [...this.#leaders.keys()].sort();
    if (keys.length === 0) return -1;
    const key = keys[this.#random.below(keys.length)]!;
    const { leaderId, leaderEpoch } = this.#leaders.get(key)!;
    const next = { leaderId: this.#draw(leaderId).nodeId, leaderEpoch: leaderEpoch + 1 };
    this.#leaders.set(key, next);
    return leaderId;
  }

  /** Leaders for all partitions that have none. */
  elect(): void {
    for (const [key, { leaderId, leaderEpoch }] of this.#leaders) {
      if (leaderId >= 0) continue;
      this.#leaders.set(key, { leaderId: this.#draw().nodeId, leaderEpoch: leaderEpoch + 1 });
    }
    for (const [key, { nodeId, readyAtMs }] of this.#coordinators) {
      if (this.#nodes.has(nodeId)) continue;
      this.#coordinators.set(key, { nodeId: this.#draw().nodeId, readyAtMs });
    }
  }

  /** Gives one group or transactional id to another node, which loads it until then. */
  moveCoordinator(readyAtMs: number): number {
    const keys = [...this.#coordinators.keys()].sort();
    if (keys.length === 0) return -1;
    const key = keys[this.#random.below(keys.length)]!;
    const { nodeId } = this.#coordinators.get(key)!;
    this.#coordinators.set(key, { nodeId: this.#draw(nodeId).nodeId, readyAtMs });
    return nodeId;
  }

  /** A node that is up, another one than this where there is one. */
  #draw(than?: number): NodeEndpoint {
    const nodes = this.nodes();
    const others = nodes.filter(({ nodeId }) => nodeId !== than);
    const drawn = others.length === 0 ? nodes : others;
    return drawn[this.#random.below(drawn.length)]!;
  }
}
