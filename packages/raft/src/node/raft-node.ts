import type { Clock, Random, Timer } from '@tidelog/platform';
import type { RequestOf, ResponseOutput } from '@tidelog/protocol';
import type { RaftConfig } from '../config.ts';
import { formatQuorumState } from '../election/quorum-state.ts';
import type { Effect, RaftEvent } from '../events.ts';
import type { OffsetAndEpoch } from '../keys.ts';
import type { PeerApi, RaftApi, Reply } from '../messages.ts';
import { Raft } from '../raft.ts';
import type { SnapshotSummary } from '../replication/log-view.ts';
import type { RoleName } from '../roles.ts';
import type { VoterSet } from '../voters/voter-set.ts';
import { filledBody } from './fill.ts';
import { GroupSync } from './group-sync.ts';
import type { ReplicatedLog } from './replicated-log.ts';
import type { Transport } from './transport.ts';

/** Who is told what consensus decides. Called synchronously, in order, never from inside `propose`. */
export interface QuorumListener {
  /** Everything below `highWatermark` is committed, and can be read from the log. */
  committed(highWatermark: number): void;
  /** The replica changed its role, or the epoch or leader that it knows. */
  became(change: RoleChange): void;
  /** A leader's snapshot replaced the log: reload from it. `committed` follows. */
  snapshotInstalled(id: OffsetAndEpoch): void;
  /** The disk failed, or an invariant is broken: this node must stop. */
  failed(error: unknown): void;
}

export interface RoleChange {
  readonly role: RoleName;
  readonly epoch: number;
  readonly leaderId: number | null;
  /** Where this leader's own epoch begins; null unless it leads. */
  readonly epochStartOffset: number | null;
}

export interface RaftNodeOptions {
  readonly config: RaftConfig;
  readonly log: ReplicatedLog;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Pick<Random, 'below'>;
  readonly listener: QuorumListener;
}

interface Waiting {
  resolve(reply: Reply<RaftApi>): void;
  reject(error: Error): void;
}

const STOPPED = 'this replica of the quorum has stopped';

/**
 * One replica of the quorum, running: carries out the machine's effects on a real log and network. A
 * sole voter leads when `start` returns. Proposals are appended synchronously, and committed after a
 * sync that is shared by all that were appended meanwhile.
 */
export class RaftNode {
  readonly #options: RaftNodeOptions;
  readonly #log: ReplicatedLog;
  readonly #raft: Raft;
  /** Wall clock at start minus monotonic time: `now` is close to the wall, and never goes back. */
  readonly #clockOffset: number;
  readonly #waiting = new Map<number, Waiting>();
  readonly #news: (() => void)[] = [];
  #isTelling = false;
  #lastRequestId = 0;
  #timer: Timer | null = null;
  #timerDeadline = Number.POSITIVE_INFINITY;
  readonly #sync: GroupSync;
  /** Events that came while the effects of another one were carried out. */
  readonly #events: RaftEvent[] = [];
  #isPerforming = false;
  #isStopped = false;
  #onStoppable: (() => void) | null = null;

  constructor(options: RaftNodeOptions) {
    const { config, log, clock, random } = options;
    this.#options = options;
    this.#log = log;
    this.#clockOffset = clock.now() - clock.monotonic();
    const restored = log.restore();
    this.#sync = new GroupSync(log, restored.log.endOffset, {
      synced: (endOffset) => this.#step({ type: 'synced', endOffset }),
      failed: (error) => this.#fail(error),
    });
    this.#raft = new Raft(config, restored, (bound) => random.below(bound));
  }

  start(): void {
    this.#step({ type: 'start' });
  }

  get role(): RoleName {
    return this.#raft.role;
  }

  get epoch(): number {
    return this.#raft.epoch;
  }

  get leaderId(): number | null {
    return this.#raft.leaderId;
  }

  get epochStartOffset(): number | null {
    return this.#raft.epochStartOffset;
  }

  /** Everything below is committed, as far as this node knows. */
  get highWatermark(): number {
    return this.#raft.quorum.committed;
  }

  get endOffset(): number {
    return this.#sync.endOffset;
  }

  /** What a snapshot of everything below `endOffset`, which is committed, must be named and hold. */
  snapshotAt(endOffset: number): { id: OffsetAndEpoch; voters: VoterSet; kraftVersion: number } {
    const { history, log } = this.#raft.quorum;
    return {
      id: log.snapshotIdAt(endOffset),
      voters: history.votersBelow(endOffset),
      kraftVersion: history.kraftVersionBelow(endOffset),
    };
  }

  /**
   * Appends encoded record batches in `epoch`, stamping offsets and epoch in place. Returns the log's
   * new end, below which they are committed once the high watermark reaches it; null when this node
   * doesn't lead that epoch (any more).
   */
  propose(batches: readonly Buffer[], epoch: number): number | null {
    if (this.#isStopped || this.role !== 'leader' || this.epoch !== epoch) return null;
    this.#perform({ type: 'propose', epoch, batches });
    queueMicrotask(() => this.#tellNews());
    return this.#isStopped ? null : this.#sync.endOffset;
  }

  /**
   * Answers a request of a peer or a tool; a fetch may take its maxWaitMs. Rejects when the node stops
   * before it has an answer.
   */
  handle<A extends RaftApi>(api: A, version: number, body: RequestOf<A>): Promise<Reply<A>> {
    this.#lastRequestId += 1;
    const id = this.#lastRequestId;
    if (this.#isStopped) return Promise.reject(new Error(STOPPED));
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      this.#step({ type: 'request', id, api, version, body } as RaftEvent);
    });
  }

  /** The state machine's own snapshot is on disk. */
  snapshotCreated(snapshot: SnapshotSummary): void {
    this.#step({ type: 'snapshotCreated', snapshot });
  }

  /** The log and its snapshots were cleaned below a snapshot at `startOffset`. */
  logStartAdvanced(startOffset: number): void {
    this.#step({ type: 'logStartAdvanced', startOffset });
  }

  /** The state machine can't go on leading `epoch`. */
  resign(epoch: number): void {
    this.#step({ type: 'resign', epoch });
  }

  /** Hands leadership over if there is somebody to take it, for at most `timeoutMs`; then stops. */
  async stop(timeoutMs: number): Promise<void> {
    if (!this.#isStopped) {
      const stoppable = new Promise<void>((resolve) => {
        this.#onStoppable = resolve;
      });
      const timer = this.#options.clock.setTimer(timeoutMs, () => this.#onStoppable?.());
      this.#step({ type: 'shutdown' });
      await stoppable;
      timer.cancel();
    }
    this.#halt();
  }

  #step(event: RaftEvent): void {
    this.#perform(event);
    this.#tellNews();
  }

  #perform(event: RaftEvent): void {
    if (this.#isStopped) return;
    this.#events.push(event);
    if (this.#isPerforming) return;
    this.#isPerforming = true;
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        for (const effect of this.#raft.step(next, this.#now())) this.#carryOut(effect);
      }
      this.#armTimer();
      if (this.#raft.quorum.isShuttingDown && this.#raft.canStop()) this.#onStoppable?.();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isPerforming = false;
    }
  }

  #carryOut(effect: Effect): void {
    const { listener } = this.#options;
    switch (effect.type) {
      case 'saveVote':
        this.#log.saveQuorumState(formatQuorumState(effect.state));
        break;
      case 'append':
        this.#log.append(effect.baseOffset, effect.batches);
        this.#sync.appended(effect.endOffset);
        break;
      case 'truncate':
        this.#log.truncate(effect.endOffset);
        this.#sync.restartAt(effect.endOffset);
        break;
      case 'commit':
        this.#log.setHighWatermark(effect.highWatermark);
        this.#news.push(() => listener.committed(effect.highWatermark));
        break;
      case 'became': {
        const { role, epoch, leaderId } = effect;
        const epochStartOffset = role === 'leader' ? this.epochStartOffset : null;
        this.#news.push(() => listener.became({ role, epoch, leaderId, epochStartOffset }));
        break;
      }
      case 'send':
        void this.#send(effect);
        break;
      case 'reply':
        this.#reply(effect);
        break;
      case 'writeSnapshot':
        this.#log.writeSnapshot(effect.id, effect.position, effect.bytes);
        break;
      case 'installSnapshot':
        this.#install(effect.id);
        break;
    }
  }

  #install(id: OffsetAndEpoch): void {
    const { snapshot, controls } = this.#log.installSnapshot(id);
    this.#sync.restartAt(id.offset);
    this.#events.unshift({ type: 'snapshotInstalled', snapshot, controls });
    this.#news.push(() => this.#options.listener.snapshotInstalled(id));
  }

  async #send(effect: Extract<Effect, { type: 'send' }>): Promise<void> {
    const { to, api, correlationId, body } = effect;
    const timeoutMs = this.#options.config.timeouts.requestMs;
    let response: ResponseOutput<PeerApi>;
    try {
      response = await this.#options.transport.send({ to, api, body, timeoutMs });
    } catch {
      this.#step({ type: 'sendFailed', to: to.id, correlationId });
      return;
    }
    const event = { type: 'response', from: to.id, correlationId, api, body: response };
    this.#step(event as RaftEvent);
  }

  #reply(effect: Extract<Effect, { type: 'reply' }>): void {
    const waiting = this.#waiting.get(effect.id);
    this.#waiting.delete(effect.id);
    waiting?.resolve(filledBody(effect, this.#log));
  }

  /** Tells the listener, after all effects are carried out: it may propose at once. */
  #tellNews(): void {
    if (this.#isTelling || this.#isPerforming) return;
    this.#isTelling = true;
    try {
      for (let tell = this.#news.shift(); tell !== undefined; tell = this.#news.shift()) tell();
    } finally {
      this.#isTelling = false;
    }
  }

  #armTimer(): void {
    const deadline = this.#raft.nextDeadline();
    if (deadline === this.#timerDeadline) return;
    this.#timer?.cancel();
    this.#timerDeadline = deadline;
    if (!Number.isFinite(deadline)) return;
    const delayMs = Math.max(0, deadline - this.#now());
    this.#timer = this.#options.clock.setTimer(delayMs, () => {
      this.#timerDeadline = Number.POSITIVE_INFINITY;
      this.#step({ type: 'tick' });
    });
  }

  #now(): number {
    return Math.trunc(this.#clockOffset + this.#options.clock.monotonic());
  }

  /** The disk failed, or an invariant is broken: what is in memory may no longer be true. */
  #fail(error: unknown): void {
    if (this.#isStopped) return;
    this.#halt();
    this.#options.listener.failed(error);
  }

  #halt(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    for (const waiting of this.#waiting.values()) waiting.reject(new Error(STOPPED));
    this.#waiting.clear();
    this.#onStoppable?.();
  }
}
