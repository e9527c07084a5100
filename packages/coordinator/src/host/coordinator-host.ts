import type { Clock, Timer } from '@tidelog/platform';
import { errors, type KafkaError } from '@tidelog/protocol';
import { applyBatches } from './batches.ts';
import type { CoordinatorLog, Transaction, TransactionEnd } from './coordinator-log.ts';
import { CoordinatorFailure } from './failure.ts';
import type { Decision, EventCodec, Machine, Moment, RequestId } from './machine.ts';
import { ReplicatedAppends } from './replicated-appends.ts';

export interface CoordinatorHostOptions<Command, Event, Reply> {
  readonly log: CoordinatorLog;
  readonly clock: Clock;
  readonly codec: EventCodec<Event>;
  /** A machine that has seen nothing. */
  readonly create: (log: CoordinatorLog) => Machine<Command, Event, Reply>;
  /** How long a reply waits for the high watermark. */
  readonly commitTimeoutMs: number;
  /** How long appends are collected; -1: while one turn of the event loop goes on. */
  readonly appendLingerMs: number;
  readonly warn: (message: string) => void;
  /** A machine has read the whole log, and takes commands. Whoever waited for one before it was sent away. */
  readonly onLoaded?: () => void;
}

/** How long a host waits before it loads again; the next time twice as long, until a load succeeds. */
const RELOAD_DELAY_MS = 500;
const LONGEST_RELOAD_DELAY_MS = 30_000;
/** Timers count in 31 bits; waking early does no harm. */
const LONGEST_TIMER_MS = 0x7fffffff;

/**
 * Runs a machine over one partition of an internal topic, for as long as this broker leads it.
 *
 * A command is decided at once, and the records of the commands of one turn are appended as one batch.
 * Because the machine is ahead of its log by that batch, a failed append leaves it in doubt: everyone
 * who waits is sent away, and a new machine is loaded from what the log does hold.
 */
export class CoordinatorHost<Command, Event, Reply> {
  readonly #options: CoordinatorHostOptions<Command, Event, Reply>;
  #machine: Machine<Command, Event, Reply> | null = null;
  #closed = false;
  /** Counts machines, so that what was meant for an earlier one is dropped. */
  #life = 0;
  #lastRequest: RequestId = 0;
  readonly #waiting = new Map<RequestId, (reply: Reply | CoordinatorFailure) => void>();
  readonly #appends: ReplicatedAppends<Reply>;
  #wakeTimer: Timer | null = null;
  #wakeAtMs = Infinity;
  #reloadTimer: Timer | null = null;
  #reloadDelayMs = RELOAD_DELAY_MS;

  constructor(options: CoordinatorHostOptions<Command, Event, Reply>) {
    this.#options = options;
    this.#appends = new ReplicatedAppends({
      log: options.log,
      clock: options.clock,
      commitTimeoutMs: options.commitTimeoutMs,
      appendLingerMs: options.appendLingerMs,
      deliver: (to, reply) => this.#deliver(to, reply),
      lost: (error) => this.#startAgain(`the records could not be written: ${error.name}`),
    });
    void this.#load();
  }

  /**
   * Decides a command, whose events belong to the transaction where one is given. The reply, or why
   * there is none; never rejects.
   */
  submit(command: Command, transaction?: Transaction): Promise<Reply | CoordinatorFailure> {
    const refused = transaction === undefined ? null : this.#enter(transaction);
    const machine = this.#machine;
    if (machine === null) return Promise.resolve(new CoordinatorFailure(this.#unavailable()));
    if (refused !== null) return Promise.resolve(new CoordinatorFailure(refused));
    const request = ++this.#lastRequest;
    const now = this.#now(transaction?.producerId);
    const decision = this.#guard(() => machine.decide(request, command, now));
    if (decision === null) {
      return Promise.resolve(new CoordinatorFailure(errors.UNKNOWN_SERVER_ERROR));
    }
    if (decision.events.length === 0 && !decision.settled && decision.replies.length === 1) {
      const { to, reply } = decision.replies[0]!;
      if (to === request) {
        this.#setWakeTimer();
        return Promise.resolve(reply);
      }
    }
    return new Promise((resolve) => {
      this.#waiting.set(request, resolve);
      this.#carryOut(decision, transaction);
    });
  }

  /**
   * Ends a transaction on this partition: its events count from now on, or never will. Resolves with
   * null when the marker is replicated, or with why it is not.
   */
  async endTransaction(end: TransactionEnd): Promise<KafkaError | null> {
    this.#appends.flush();
    const machine = this.#machine;
    if (machine === null) return this.#unavailable();
    const result = this.#appends.addMarker(end);
    if (!('lastOffset' in result)) return result;
    this.#guard(() => machine.endTransaction(end.producerId, end.committed));
    return this.#options.log.replicated(result.lastOffset);
  }

  /** This broker no longer leads the partition. */
  close(): void {
    this.#closed = true;
    this.#unload(errors.NOT_COORDINATOR);
  }

  get isLoaded(): boolean {
    return this.#machine !== null;
  }

  /**
   * Makes way for a transactional batch. A batch that the log would refuse must not be decided on: the
   * producer may be at fault, and everybody else would have to wait for a new machine.
   */
  #enter(transaction: Transaction): KafkaError | null {
    if (this.#machine === null) return null;
    this.#appends.flush();
    return this.#options.log.checkTransaction(transaction);
  }

  #unavailable(): KafkaError {
    return this.#closed ? errors.NOT_COORDINATOR : errors.COORDINATOR_LOAD_IN_PROGRESS;
  }

  async #load(): Promise<void> {
    const { log, codec, create } = this.#options;
    const life = ++this.#life;
    try {
      const machine = create(log);
      for await (const buffer of log.load()) {
        if (life !== this.#life) return;
        applyBatches(buffer, machine, codec);
      }
      if (life !== this.#life) return;
      this.#machine = machine;
      this.#reloadDelayMs = RELOAD_DELAY_MS;
      this.#appends.start();
      const decision = this.#guard(() => machine.loaded(this.#now()));
      if (decision !== null) this.#carryOut(decision);
      if (life === this.#life) this.#options.onLoaded?.();
    } catch (error) {
      if (life === this.#life) this.#startAgain(`the log could not be loaded: ${String(error)}`);
    }
  }

  /** A machine that throws is broken, and so is what it left half done. */
  #guard<T>(run: () => T): T | null {
    try {
      return run();
    } catch (error) {
      const trace = error instanceof Error ? error.stack : String(error);
      this.#startAgain(`the coordinator met a bug: ${trace}`);
      return null;
    }
  }

  #carryOut(decision: Decision<Event, Reply>, transaction?: Transaction): void {
    const { replies, settled, divisible, events } = decision;
    const records = this.#guard(() => events.map((event) => this.#options.codec.encode(event)));
    if (records === null) return;
    const timestampMs = this.#options.clock.now();
    const addition = { records, timestampMs, replies, settled, divisible };
    if (transaction === undefined) this.#appends.add(addition);
    else this.#appends.addToTransaction(addition, transaction);
    this.#setWakeTimer();
  }

  #deliver(to: RequestId, reply: Reply | CoordinatorFailure): void {
    const resolve = this.#waiting.get(to);
    if (resolve === undefined) return;
    this.#waiting.delete(to);
    resolve(reply);
  }

  #now(producerId?: number): Moment {
    const { clock } = this.#options;
    return {
      timestampMs: clock.now(),
      monotonicMs: clock.monotonic(),
      nextOffset: this.#appends.nextOffset(),
      ...(producerId !== undefined && { producerId }),
    };
  }

  #setWakeTimer(): void {
    const atMs = this.#machine?.nextDeadline() ?? Infinity;
    if (atMs >= this.#wakeAtMs) return;
    this.#wakeTimer?.cancel();
    this.#wakeAtMs = atMs;
    const delayMs = Math.max(0, atMs - this.#options.clock.monotonic());
    this.#wakeTimer = this.#options.clock.setTimer(Math.min(delayMs, LONGEST_TIMER_MS), () =>
      this.#wake(),
    );
  }

  #wake(): void {
    this.#wakeAtMs = Infinity;
    const machine = this.#machine;
    if (machine === null) return;
    const decision = this.#guard(() => machine.wake(this.#now()));
    if (decision !== null) this.#carryOut(decision);
  }

  #startAgain(reason: string): void {
    this.#options.warn(reason);
    this.#unload(errors.NOT_COORDINATOR);
    const delayMs = this.#reloadDelayMs;
    this.#reloadDelayMs = Math.min(2 * delayMs, LONGEST_RELOAD_DELAY_MS);
    this.#reloadTimer = this.#options.clock.setTimer(delayMs, () => void this.#load());
  }

  #unload(error: KafkaError): void {
    this.#life++;
    this.#machine = null;
    this.#wakeTimer?.cancel();
    this.#wakeAtMs = Infinity;
    this.#reloadTimer?.cancel();
    this.#appends.stop(error);
    const failure = new CoordinatorFailure(error);
    for (const request of this.#waiting.keys()) this.#deliver(request, failure);
  }
}
