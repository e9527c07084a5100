import type { Clock } from '@tidelog/platform';
import { keyOf, type TopicPartition } from '../topic-partition.ts';
import type { Committer } from './committer.ts';
import type { ConsumedMessage } from './consumed-message.ts';
import { CorruptRecordsError } from './corrupt-records-error.ts';
import type { PollTimer } from './group/poll-timer.ts';
import { Progress, type Step } from './machines/progress.ts';
import { WorkQueue } from './machines/work-queue.ts';
import type { Hands, MessageSource, Take } from './message-source.ts';
import type { PartitionState } from './partition-state.ts';
import type { FailureDecision, RunSettings, WorkContext } from './run-options.ts';

/** What is worked on as one: a message, or a batch. */
export interface Piece {
  /** Of its first message. */
  readonly offset: number;
  readonly messages: () => readonly ConsumedMessage[];
  readonly lane: string;
  run(context: WorkContext): unknown;
}

/** What is in work of a partition, since it was assigned or someone sought in it. */
interface Share {
  readonly state: PartitionState;
  readonly fence: number;
  readonly progress: Progress;
  readonly aborted: AbortController;
}

interface Unit {
  readonly piece: Piece;
  readonly share: Share;
  readonly step: Step;
}

/** Messages of a partition that are taken in, for each that can be in work, where keys keep the order. */
const LOOK_AHEAD = 8;
/** A consumer that is closed waits this long for what is in work. */
const CLOSE_TIMEOUT_MS = 30_000;

/**
 * Works on the messages of a consumer, many at once, in the order of partitions or keys. The position of a
 * partition is the first message that is not done, so that what is committed never passes one that is
 * not. A partition that goes elsewhere is let go of when what is in work of it has ended; what had not
 * begun is left to the next owner.
 */
export class Runner {
  readonly #source: MessageSource;
  readonly #committer: Committer | null;
  readonly #pollTimer: PollTimer | null;
  readonly #clock: Clock;
  readonly #settings: RunSettings;
  readonly #maxWaitMs: number;
  readonly #queue: WorkQueue<Unit>;
  readonly #shares = new Map<PartitionState, Share>();
  /** What runs, and since when (monotonic); oldest first. */
  readonly #running = new Map<Unit, number>();
  readonly #stop = new AbortController();
  readonly #limit: number;
  #failure: { error: unknown } | null = null;
  /** Told when something that was in work has ended. */
  readonly #onEnd = new Set<() => void>();

  constructor(options: {
    source: MessageSource;
    committer: Committer | null;
    pollTimer: PollTimer | null;
    clock: Clock;
    settings: RunSettings;
    /** How long a rebalance may wait for what is in work. */
    maxWaitMs: number;
  }) {
    this.#source = options.source;
    this.#committer = options.committer;
    this.#pollTimer = options.pollTimer;
    this.#clock = options.clock;
    this.#settings = options.settings;
    this.#maxWaitMs = options.maxWaitMs;
    const { concurrency, orderBy } = options.settings;
    this.#queue = new WorkQueue(concurrency);
    this.#limit = orderBy === 'key' ? concurrency * LOOK_AHEAD : 1;
  }

  /** Until the consumer is closed, the signal aborted, or a failure that is to stop it. */
  async run(take: Take<Piece>): Promise<void> {
    const { signal } = this.#settings;
    const end = (): void => this.#stop.abort();
    signal?.addEventListener('abort', end, { once: true });
    if (signal?.aborted) end();
    let state: PartitionState | null = null;
    const hands: Hands = {
      back: () => {},
      waiting: () => {},
      given: (from) => {
        state = from;
      },
      usedUp: (from) => this.#update(this.#shareOf(from)),
    };
    const pieces = this.#source.iterate(this.#stop.signal, take, hands);
    try {
      for (;;) {
        const next = await pieces.next().catch((error) => this.#unreadable(error));
        if (next === 'again') continue;
        if (next.done) break;
        this.#add(next.value, state!);
      }
    } finally {
      signal?.removeEventListener('abort', end);
      this.#queue.drop(() => true);
      await this.#drain(() => true, CLOSE_TIMEOUT_MS);
      for (const { state } of this.#shares.values()) state.held = false;
      this.#pollTimer?.setBusySince(null);
    }
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** These partitions go elsewhere: ends the work on them, as far as it can be waited for. */
  async release(partitions: readonly TopicPartition[]): Promise<void> {
    const gone = new Set(partitions.map(keyOf));
    const isGone = ({ share }: Unit): boolean => gone.has(keyOf(share.state));
    this.#queue.drop(isGone);
    await this.#drain(isGone, this.#maxWaitMs);
    this.#forget(gone);
  }

  /** These partitions are gone: what is in work of them is of no use. */
  lose(partitions: readonly TopicPartition[]): void {
    const gone = new Set(partitions.map(keyOf));
    this.#queue.drop(({ share }) => gone.has(keyOf(share.state)));
    this.#forget(gone);
  }

  #forget(gone: ReadonlySet<string>): void {
    for (const [state, { aborted }] of this.#shares) {
      if (!gone.has(keyOf(state))) continue;
      aborted.abort();
      this.#shares.delete(state);
    }
  }

  #add(piece: Piece, state: PartitionState): void {
    const share = this.#shareOf(state);
    const step = share.progress.begin(piece.offset);
    state.held = share.progress.size >= this.#limit;
    this.#queue.add(piece.lane, { piece, share, step });
    this.#pump();
  }

  /** What was in work before someone sought is not waited for by what comes after. */
  #shareOf(state: PartitionState): Share {
    const known = this.#shares.get(state);
    if (known?.fence === state.fence) return known;
    known?.aborted.abort();
    const share = {
      state,
      fence: state.fence,
      progress: new Progress(),
      aborted: new AbortController(),
    };
    this.#shares.set(state, share);
    return share;
  }

  #pump(): void {
    if (this.#failure !== null || this.#stop.signal.aborted) return;
    for (let next = this.#queue.begin(); next !== null; next = this.#queue.begin()) {
      // What someone has sought away from is not begun any more.
      if (isCurrent(next.unit.share)) void this.#work(next.lane, next.unit);
      else this.#queue.end(next.lane);
    }
  }

  async #work(lane: string, unit: Unit): Promise<void> {
    this.#running.set(unit, this.#clock.monotonic());
    this.#tellBusy();
    try {
      if (await this.#isDone(unit)) {
        unit.share.progress.finish(unit.step);
        this.#update(unit.share);
        this.#committer?.commitSoon();
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#running.delete(unit);
    this.#queue.end(lane);
    this.#tellBusy();
    this.#pump();
    for (const told of this.#onEnd) told();
  }

  /** Works on it until it is done, or skipped; false where it stays undone. */
  async #isDone({ piece, share }: Unit): Promise<boolean> {
    const { offset } = piece;
    const { topic, partition } = share.state;
    const { signal } = share.aborted;
    for (let attempt = 1; ; attempt++) {
      try {
        await piece.run({ signal });
        return true;
      } catch (error) {
        if (signal.aborted) return false; // whoever has the partition now does it
        const failure = { topic, partition, offset, error, messages: piece.messages(), attempt };
        const decision = await this.#settings.onError(failure);
        if (decision === 'skip') return true;
        if (decision === 'stop') throw error;
        if (signal.aborted || this.#stop.signal.aborted) return false;
      }
    }
  }

  /** Records that cannot be read are skipped, tried again, or the end. */
  async #unreadable(error: unknown): Promise<'again' | IteratorReturnResult<undefined>> {
    let decision: FailureDecision = 'stop';
    if (error instanceof CorruptRecordsError) {
      const { topic, partition, offset } = error;
      const failure = { topic, partition, offset, error, messages: [], attempt: 1 };
      decision = await this.#settings.onError(failure);
      if (decision === 'skip') error.skip();
    }
    if (decision !== 'stop') return 'again';
    this.#fail(error);
    return { done: true, value: undefined };
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#stop.abort();
  }

  /** Where the partition stands now. */
  #update(share: Share): void {
    if (!isCurrent(share)) return;
    const { state, progress } = share;
    state.position = progress.position(state.delivered);
    const isHeld = progress.size >= this.#limit;
    if (state.held && !isHeld) {
      state.held = false;
      this.#source.available();
    }
  }

  #tellBusy(): void {
    const [oldest] = this.#running.values();
    this.#pollTimer?.setBusySince(oldest ?? null);
  }

  /** Waits for what is in work; after this long it is aborted, and left alone. */
  async #drain(isMeant: (unit: Unit) => boolean, timeoutMs: number): Promise<void> {
    const left = (): Unit[] => [...this.#running.keys()].filter(isMeant);
    if (left().length === 0) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        timer.cancel();
        this.#onEnd.delete(check);
        resolve();
      };
      const check = (): void => {
        if (left().length === 0) end();
      };
      const timer = this.#clock.setTimer(timeoutMs, () => {
        for (const { share } of left()) share.aborted.abort();
        end();
      });
      this.#onEnd.add(check);
    });
  }
}

function isCurrent({ state, fence }: Share): boolean {
  return state.active && state.fence === fence;
}
