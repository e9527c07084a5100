import type { Effect } from '../events.ts';
import { EventHeap } from './event-heap.ts';
import { Invariants } from './invariants.ts';
import { batchOf } from './records.ts';
import { type Message, type PlantedBug, SimNode, type SimWorld } from './sim-node.ts';
import { valuesBelow, writeSnapshot } from './state.ts';

export interface ClusterOptions {
  readonly seed: number;
  readonly size: number;
  readonly bug?: PlantedBug;
}

const CHAOS_MS = 10_000;
const HEALING_MS = 6_000;

/** A quorum in one seeded world: messages late, lost, repeated and out of order; crashes; partitions. */
export class Cluster implements SimWorld {
  readonly bug: PlantedBug | undefined;
  readonly nodes: SimNode[];
  readonly #heap = new EventHeap();
  readonly #invariants = new Invariants();
  readonly #timers = new Map<number, number>();
  #randomState: number;
  /** Nodes talk to those of the same side only. */
  #sides = new Map<number, number>();
  #isHealed = false;
  #proposed = 0;

  constructor({ seed, size, bug }: ClusterOptions) {
    this.bug = bug;
    this.#randomState = seed;
    const ids = Array.from({ length: size }, (_, index) => index + 1);
    this.nodes = ids.map((id) => new SimNode(id, { voters: ids, nodes: ids, world: this }));
  }

  /** Chaos, then healing; throws where an invariant is violated or no progress is made after it. */
  run(): void {
    for (const node of this.nodes) this.#start(node);
    this.#repeat(50, 400, () => this.#propose());
    this.#repeat(300, 4000, () => this.#disturb());
    this.#repeat(500, 3000, () => this.#snapshot());
    this.#runUntil(CHAOS_MS);
    this.#heal();
    const before = this.#invariants.committedOffset;
    this.#runUntil(this.#heap.now + HEALING_MS);
    this.#checkProgress(before);
  }

  get committedOffset(): number {
    return this.#invariants.committedOffset;
  }

  /** What every log holds: the same for the same seed. */
  digest(): string {
    return this.nodes
      .flatMap(({ log }) =>
        log.batches.map(({ baseOffset, epoch, crc }) => [baseOffset, epoch, crc]),
      )
      .join();
  }

  now(): number {
    return this.#heap.now;
  }

  /** mulberry32 */
  random(bound: number): number {
    this.#randomState = (this.#randomState + 0x6d2b79f5) | 0;
    let t = this.#randomState;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * bound);
  }

  send(message: Message): void {
    if (!this.#isHealed && this.random(100) < 4) return;
    const copies = !this.#isHealed && this.random(100) < 4 ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const isSlow = !this.#isHealed && this.random(100) < 5;
      const delayMs = 1 + this.random(isSlow ? 3000 : 10);
      this.#heap.schedule(delayMs, () => this.#deliver(message));
    }
  }

  syncing(node: SimNode, done: () => void): void {
    const { life } = node;
    const isSlow = !this.#isHealed && this.random(100) < 10;
    this.#heap.schedule(1 + this.random(isSlow ? 800 : 10), () => {
      if (node.life !== life || node.raft === null) return;
      done();
      this.#afterStep(node);
    });
  }

  observe(node: SimNode, effect: Effect): void {
    this.#invariants.observe(node, effect, this.nodes);
  }

  #start(node: SimNode): void {
    node.start();
    this.#afterStep(node);
  }

  #deliver(message: Message): void {
    const node = this.#node(message.to);
    if (this.#sides.get(message.from) !== this.#sides.get(message.to)) return;
    if (node.raft === null) return;
    node.receive(message);
    this.#afterStep(node);
  }

  #afterStep(node: SimNode): void {
    this.#invariants.checkView(node);
    const deadline = node.raft?.nextDeadline() ?? Number.POSITIVE_INFINITY;
    if (!Number.isFinite(deadline) || this.#timers.get(node.id) === deadline) return;
    this.#timers.set(node.id, deadline);
    this.#heap.schedule(Math.max(0, deadline - this.now()), () => {
      if (this.#timers.get(node.id) !== deadline) return;
      this.#timers.delete(node.id);
      node.step({ type: 'tick' });
      this.#afterStep(node);
    });
  }

  #node(id: number): SimNode {
    const node = this.nodes[id - 1];
    if (node === undefined) throw new Error(`no node ${id}`);
    return node;
  }

  #repeat(minMs: number, maxMs: number, act: () => void): void {
    const again = (): void => {
      act();
      this.#heap.schedule(minMs + this.random(maxMs - minMs), again);
    };
    this.#heap.schedule(this.random(maxMs), again);
  }

  /** Everyone who thinks it leads is given something to append. */
  #propose(): void {
    for (const node of this.nodes) {
      if (node.raft?.role !== 'leader') continue;
      const values = Array.from({ length: 1 + this.random(3) }, () => `v${(this.#proposed += 1)}`);
      node.step({ type: 'propose', epoch: node.raft.epoch, batches: [batchOf(...values)] });
      this.#afterStep(node);
    }
  }

  #disturb(): void {
    if (this.#isHealed) return;
    const node = this.#node(1 + this.random(this.nodes.length));
    const what = this.random(10);
    if (what < 4) {
      this.#crash(node);
    } else if (what < 7) {
      for (const { id } of this.nodes) this.#sides.set(id, this.random(2));
    } else if (what < 9) {
      this.#sides.clear();
    } else if (node.raft?.role === 'leader') {
      node.step({ type: 'resign', epoch: node.raft.epoch });
      this.#afterStep(node);
    }
  }

  #crash(node: SimNode): void {
    if (node.raft === null) return;
    node.crash();
    this.#timers.delete(node.id);
    this.#heap.schedule(this.random(3000), () => {
      if (node.raft === null) this.#start(node);
    });
  }

  /** A node writes down what is committed, and often drops the log below. */
  #snapshot(): void {
    const node = this.#node(1 + this.random(this.nodes.length));
    writeSnapshot(node, this.now(), this.random(3) > 0);
    this.#afterStep(node);
  }

  #heal(): void {
    this.#isHealed = true;
    this.#sides.clear();
    for (const node of this.nodes) if (node.raft === null) this.#start(node);
  }

  #runUntil(end: number): void {
    while (this.#heap.runNext(end)) {}
    this.#heap.now = end;
  }

  #checkProgress(before: number): void {
    const committed = this.#invariants.committedOffset;
    if (committed <= before) throw new Error('no progress after healing');
    const leaders = this.nodes.filter((node) => node.raft?.role === 'leader');
    if (leaders.length !== 1) throw new Error(`${leaders.length} leaders after healing`);
    const common = Math.min(...this.nodes.map((node) => node.raft?.quorum.committed ?? 0));
    if (common <= before) throw new Error('a replica does not catch up after healing');
    const [first, ...others] = this.nodes.map((node) => valuesBelow(node, common).join());
    if (others.some((values) => values !== first)) throw new Error('replicas differ');
  }
}
