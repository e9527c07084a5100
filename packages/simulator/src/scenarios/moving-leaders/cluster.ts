import type { SeededRandom } from '../../world/seeded-random.ts';
import type { World } from '../../world/world.ts';
import { FrontNode } from './front-node.ts';
import { Placement } from './placement.ts';

const PORT = 9092;
const NODE_IDS = [1, 2, 3];
/** A node hears of a change so late at most. */
const VIEW_LAG_MS = 300;
const LOADING_MS = 200;

/** Machines of the nodes. */
export const NODES = NODE_IDS.map((nodeId) => `node-${nodeId}`);
export const BOOTSTRAP = NODES.map((host) => `${host}:${PORT}`);

/** How the cluster of one seed is made. */
export interface Kind {
  /** Answers name the leader that a partition has now (KIP-951). */
  readonly hints: boolean;
  /** All nodes have all partitions, and serve consumers from them (KIP-392). */
  readonly replicated: boolean;
  /** Bug: metadata tells of the first leaders for ever. */
  readonly staleMetadata: boolean;
  /** Bug: a node that does not lead a partition acknowledges records for it, and drops them. */
  readonly formerLeaderAcks: boolean;
}

/**
 * Nodes in front of one broker that has all the data, as a cluster on shared storage: each node is a
 * listener of its own, passes on what it is responsible for, and refuses the rest.
 */
export class FrontCluster {
  readonly kind: Kind;
  readonly placement: Placement;
  readonly random: SeededRandom;
  /** Names of topics by their ids, as metadata told. */
  readonly topicNames = new Map<string, string>();
  moves = 0;
  #changes = 0;
  readonly #world: World;
  readonly #nodes: readonly FrontNode[];
  #isMoving = false;
  /** Fewer changes, and none of them takes a connection with it. */
  #isGentle = false;

  constructor(world: World, random: SeededRandom, kind: Kind) {
    this.#world = world;
    this.kind = kind;
    this.random = random.fork('nodes');
    this.placement = new Placement(random.fork('placement'));
    this.#nodes = NODE_IDS.map((id, i) => new FrontNode(this, world.machine(NODES[i]!), id));
    for (const node of NODES) world.network.cable(node, 'broker');
  }

  get nowMs(): number {
    return this.#world.nowMs;
  }

  async start(): Promise<void> {
    for (const node of this.#nodes) await node.start(PORT);
    this.#tell();
  }

  /** From now on leaders and coordinators move, and nodes go and come back; gently: only the former. */
  beginMoves(how: 'gently' | 'roughly'): void {
    this.#isGentle = how === 'gently';
    this.#isMoving = true;
    this.#next();
  }

  endMoves(): void {
    this.#isMoving = false;
  }

  #next(): void {
    this.#world.schedule(50 + this.random.below(700), 'leaders move', () => {
      if (!this.#isMoving) return;
      this.#change();
      this.moves++;
      this.#next();
    });
  }

  #change(): void {
    const draw = this.random.below(this.#isGentle ? 8 : 12);
    if (draw < 6) this.#leaves(this.placement.moveLeader());
    else if (draw < 10) {
      const readyAtMs = this.nowMs + this.random.below(LOADING_MS);
      this.#leaves(this.placement.moveCoordinator(readyAtMs));
    } else this.#vanish();
    this.#tell();
  }

  /** Something has left a node: who waits there hears of it, or loses the connection. */
  #leaves(nodeId: number): void {
    const node = this.#nodes.find(({ id }) => id === nodeId);
    if (node === undefined) return;
    if (!this.#isGentle && this.random.oneIn(3)) this.#hangUp(node);
    else node.recheck();
  }

  /** Breaks the connections of a node with its clients. */
  #hangUp({ name }: FrontNode): void {
    for (const socket of this.#world.network.host(name)?.connections() ?? []) {
      if (socket.remote.host !== 'broker') socket.breakDown();
    }
  }

  /** A node goes, and comes back a while later, perhaps with another port. */
  #vanish(): void {
    const running = this.#nodes.filter((node) => node.running);
    // Clients that know nobody any more begin with the first one.
    const [, ...others] = running;
    if (others.length === 0) return;
    const node = others[this.random.below(others.length)]!;
    node.vanish();
    this.placement.goesDown(node.id);
    this.#world.schedule(this.random.below(500), 'leaders are elected', () => {
      this.placement.elect();
      this.#tell();
    });
    const port = PORT + this.random.below(2);
    this.#world.schedule(500 + this.random.below(4000), `${node.name} comes back`, () => {
      void node.start(port).then(() => this.#tell());
    });
  }

  /** One change after the other: what comes late is not news any more. */
  #tell(): void {
    const version = ++this.#changes;
    for (const node of this.#nodes) {
      const view = this.placement.copy();
      const delayMs = this.random.below(VIEW_LAG_MS);
      this.#world.schedule(delayMs, `${node.name} hears of changes`, () =>
        node.hear(view, version),
      );
    }
  }
}
