import type { Effect } from '../events.ts';
import type { RoleName } from '../roles.ts';
import type { StoredBatch } from './memory-log.ts';
import type { SimNode } from './sim-node.ts';

/** The transitions of the table in roles.ts. */
const TRANSITIONS: Record<RoleName, readonly RoleName[]> = {
  unattached: ['unattached', 'prospective', 'follower'],
  prospective: ['candidate', 'unattached', 'follower'],
  candidate: ['leader', 'prospective', 'unattached', 'follower'],
  follower: ['prospective', 'unattached', 'follower'],
  leader: ['resigned', 'unattached', 'follower'],
  resigned: ['unattached', 'follower'],
};

/** What must be true of a quorum at all times, looked at after each effect. */
export class Invariants {
  readonly #leaders = new Map<number, number>();
  /** Of each batch ever appended, by offset and epoch: its checksum, and what was before it. */
  readonly #appended = new Map<string, string>();
  readonly #committed: StoredBatch[] = [];
  readonly #committedAt = new Map<number, StoredBatch>();
  /** High watermarks, by node and life. */
  readonly #highWatermarks = new Map<string, number>();
  /** The role, by node and life. */
  readonly #roles = new Map<string, RoleName>();
  readonly #savedEpochs = new Map<number, number>();

  get committedOffset(): number {
    return (this.#committed.at(-1)?.lastOffset ?? -1) + 1;
  }

  observe(node: SimNode, effect: Effect, nodes: readonly SimNode[]): void {
    if (effect.type === 'became') this.#checkRole(node, effect);
    if (effect.type === 'append') this.#checkLogMatching(node, effect.baseOffset);
    if (effect.type === 'commit') this.#checkCommit(node, effect.highWatermark, nodes);
  }

  /** The machine's idea of its log is what is on the disk. */
  checkView(node: SimNode): void {
    if (node.raft === null) return;
    const { log } = node.raft.quorum;
    const isSame = log.endOffset === node.log.endOffset && log.startOffset === node.log.startOffset;
    const seen = `${log.startOffset} to ${log.endOffset}`;
    if (!isSame) violated(`${node.id} sees its log as ${seen}, which it isn't`);
  }

  #checkRole(node: SimNode, { role, epoch }: Extract<Effect, { type: 'became' }>): void {
    const saved = this.#savedEpochs.get(node.id) ?? 0;
    if (epoch < saved) violated(`${node.id} went back from epoch ${saved} to ${epoch}`);
    this.#savedEpochs.set(node.id, epoch);
    const life = `${node.id}/${node.life}`;
    const before = this.#roles.get(life);
    this.#roles.set(life, role);
    if (before !== undefined && !TRANSITIONS[before].includes(role)) {
      violated(`${node.id} went from ${before} to ${role}`);
    }
    if (role !== 'leader') return;
    const other = this.#leaders.get(epoch);
    if (other !== undefined && other !== node.id) {
      violated(`${other} and ${node.id} both lead epoch ${epoch}`);
    }
    this.#leaders.set(epoch, node.id);
    this.#checkCompleteness(node);
  }

  /** A leader has everything that was ever committed. */
  #checkCompleteness(node: SimNode): void {
    const own = new Map(node.log.batches.map((batch) => [batch.baseOffset, batch]));
    for (const entry of this.#committed) {
      if (entry.lastOffset < node.log.startOffset) continue;
      const batch = own.get(entry.baseOffset);
      if (batch === undefined || !isSame(batch, entry)) {
        violated(`leader ${node.id} lacks committed offset ${entry.baseOffset}`);
      }
    }
  }

  /** Two logs with the same offset and epoch are the same up to there. */
  #checkLogMatching(node: SimNode, fromOffset: number): void {
    const { batches, startOffset } = node.log;
    const first = batches.findLastIndex((batch) => batch.baseOffset <= fromOffset);
    for (let i = Math.max(first, 0); i < batches.length; i++) {
      const [previous, batch] = [batches[i - 1], batches[i]];
      if (batch === undefined) break;
      const key = `${batch.baseOffset}@${batch.epoch}`;
      const before = previous === undefined ? null : `${previous.baseOffset}@${previous.epoch}`;
      this.#mustBeAlways(node, key, `${batch.lastOffset} ${batch.crc}`);
      if (batch.baseOffset === startOffset || before === null) continue;
      this.#mustBeAlways(node, `before ${key}`, before);
    }
  }

  #mustBeAlways(node: SimNode, what: string, value: string): void {
    const known = this.#appended.get(what);
    if (known !== undefined && known !== value) {
      violated(`${node.id} has ${value} as ${what}, which is ${known} elsewhere`);
    }
    this.#appended.set(what, value);
  }

  #checkCommit(node: SimNode, highWatermark: number, nodes: readonly SimNode[]): void {
    this.#checkOwnEpoch(node, highWatermark);
    const name = `${node.id}/${node.life}`;
    const before = this.#highWatermarks.get(name) ?? 0;
    if (highWatermark < before) violated(`${node.id}: high watermark went back`);
    this.#highWatermarks.set(name, highWatermark);
    const { batches } = node.log;
    const first = batches.findIndex((batch) => batch.lastOffset >= before);
    for (const batch of first < 0 ? [] : batches.slice(first)) {
      if (batch.lastOffset < highWatermark) this.#commit(node, batch, nodes);
    }
  }

  /** A majority for a record of an older epoch isn't enough: another leader may still replace it. */
  #checkOwnEpoch(node: SimNode, highWatermark: number): void {
    if (node.raft?.role !== 'leader') return;
    const last = node.log.batches.findLast((batch) => batch.lastOffset < highWatermark);
    if (last?.epoch !== node.raft.epoch) {
      violated(`leader ${node.id} of epoch ${node.raft.epoch} commits epoch ${last?.epoch}`);
    }
  }

  #commit(node: SimNode, entry: StoredBatch, nodes: readonly SimNode[]): void {
    if (entry.baseOffset < this.committedOffset) {
      const known = this.#committedAt.get(entry.baseOffset);
      if (known === undefined || !isSame(known, entry)) {
        violated(`${node.id} commits another record at ${entry.baseOffset}`);
      }
      return;
    }
    if (entry.baseOffset > this.committedOffset) violated(`${node.id} commits past a gap`);
    const voters = node.raft?.quorum.voters;
    const holders = nodes.filter(
      ({ id, log }) =>
        voters?.byId(id) !== undefined && log.isDurable(entry.lastOffset, entry.epoch),
    );
    if (holders.length < (voters?.majority ?? 0)) {
      violated(`${node.id} commits ${entry.baseOffset}, which ${holders.length} would keep`);
    }
    this.#committed.push(entry);
    this.#committedAt.set(entry.baseOffset, entry);
  }
}

function isSame(a: StoredBatch, b: StoredBatch): boolean {
  return a.lastOffset === b.lastOffset && a.epoch === b.epoch && a.crc === b.crc;
}

function violated(what: string): never {
  throw new Error(`invariant violated: ${what}`);
}
