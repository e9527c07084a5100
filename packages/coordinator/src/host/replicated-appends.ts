import type { Clock, Timer } from '@tidelog/platform';
import { errors, type KafkaError } from '@tidelog/protocol';
import { type EncodedRecord, PendingBatch } from './batches.ts';
import type { CoordinatorLog, Transaction, TransactionEnd } from './coordinator-log.ts';
import { clientError, CoordinatorFailure } from './failure.ts';
import type { RequestId } from './machine.ts';

interface Addressed<Reply> {
  readonly to: RequestId;
  readonly reply: Reply;
}

export interface Addition<Reply> {
  readonly records: readonly EncodedRecord[];
  readonly timestampMs: number;
  readonly replies: readonly Addressed<Reply>[];
  readonly settled: boolean;
  readonly divisible: boolean;
}

/** Replies that wait for the high watermark. */
interface Wait<Reply> {
  readonly offset: number;
  readonly deadlineMs: number;
  readonly replies: Addressed<Reply>[];
}

export interface ReplicatedAppendsOptions<Reply> {
  readonly log: CoordinatorLog;
  readonly clock: Clock;
  readonly commitTimeoutMs: number;
  readonly appendLingerMs: number;
  readonly deliver: (to: RequestId, reply: Reply | CoordinatorFailure) => void;
  /** An append failed, or was lost: what it was based on is not what the log holds. */
  readonly lost: (error: KafkaError) => void;
}

/**
 * The way of replies through the log: each leaves once the high watermark has passed the records that
 * it speaks of, in the order of the records; or as a failure, once it has waited too long.
 */
export class ReplicatedAppends<Reply> {
  readonly #options: ReplicatedAppendsOptions<Reply>;
  readonly #batch: PendingBatch;
  /** Replies to what is in the batch. */
  #replies: Addressed<Reply>[] = [];
  /** Oldest first, both by offset and by deadline. */
  #waits: Wait<Reply>[] = [];
  #lastAppended = -1;
  #lastReplicated = -1;
  #flushPending = false;
  #lingerTimer: Timer | null = null;
  #timeoutTimer: Timer | null = null;
  #life = 0;

  constructor(options: ReplicatedAppendsOptions<Reply>) {
    this.#options = options;
    this.#batch = new PendingBatch(options.log.maxBatchSizeBytes);
  }

  /** The log was loaded. What of it is not replicated yet is waited for like an append of ours. */
  start(): void {
    const last = this.#options.log.logEndOffset() - 1;
    this.#lastAppended = last;
    this.#lastReplicated = -1;
    if (last >= 0) this.#await(last, []);
  }

  /** Nothing more is expected: everyone who waits gets the error. */
  stop(error: KafkaError): void {
    this.#life++;
    const failed = [...this.#waits.flatMap(({ replies }) => replies), ...this.#replies];
    if (this.#batch.recordCount > 0) this.#batch.take();
    this.#replies = [];
    this.#waits = [];
    this.#flushPending = false;
    this.#lingerTimer?.cancel();
    this.#timeoutTimer?.cancel();
    this.#timeoutTimer = null;
    this.#fail(failed, error);
  }

  nextOffset(): number {
    return this.#options.log.logEndOffset() + this.#batch.recordCount;
  }

  add(addition: Addition<Reply>): void {
    const { records, replies, timestampMs } = addition;
    if (records.length === 0) {
      if (addition.settled) this.#replyWhenSettled(replies);
      else this.#deliverAll(replies);
      return;
    }
    const life = this.#life;
    if (!addition.divisible && !this.#batch.hasRoomForAll(records, timestampMs)) this.#flush();
    for (const record of records) {
      if (!this.#batch.hasRoomFor(record, timestampMs)) this.#flush();
      if (life !== this.#life) return this.#fail(replies, errors.NOT_COORDINATOR);
      this.#batch.add(record, timestampMs);
    }
    this.#replies.push(...replies);
    this.#scheduleFlush();
  }

  /**
   * Adds what belongs to a transaction: a batch of its own, which is in the log when this returns.
   * What was added before must have been flushed.
   */
  addToTransaction(addition: Addition<Reply>, transaction: Transaction): void {
    if (addition.records.length === 0) return this.add(addition);
    for (const record of addition.records) this.#batch.add(record, addition.timestampMs);
    this.#replies.push(...addition.replies);
    this.#flush(transaction);
  }

  /** Appends a marker behind all that was added. Its offset, or why it was refused: nothing has changed then. */
  addMarker(end: TransactionEnd): { readonly lastOffset: number } | KafkaError {
    const result = this.#options.log.appendMarker(end);
    if ('lastOffset' in result) this.#await(result.lastOffset, []);
    return result;
  }

  /** Appends what was added. */
  flush(): void {
    this.#flush();
  }

  #replyWhenSettled(replies: readonly Addressed<Reply>[]): void {
    if (this.#batch.recordCount > 0) this.#replies.push(...replies);
    else if (this.#lastReplicated >= this.#lastAppended) this.#deliverAll(replies);
    else this.#await(this.#lastAppended, replies);
  }

  #scheduleFlush(): void {
    const { appendLingerMs, clock } = this.#options;
    if (appendLingerMs === 0) return this.#flush();
    if (this.#flushPending) return;
    this.#flushPending = true;
    const life = this.#life;
    const flush = (): void => {
      if (life === this.#life) this.#flush();
    };
    if (appendLingerMs < 0) queueMicrotask(flush);
    else this.#lingerTimer = clock.setTimer(appendLingerMs, flush);
  }

  #flush(transaction?: Transaction): void {
    this.#flushPending = false;
    this.#lingerTimer?.cancel();
    if (this.#batch.recordCount === 0) return;
    const { log, lost } = this.#options;
    const expected = this.nextOffset() - 1;
    const result = log.append(this.#batch.take(transaction), transaction);
    const replies = this.#replies;
    this.#replies = [];
    if ('lastOffset' in result && result.lastOffset === expected) {
      this.#await(expected, replies);
      return;
    }
    const error = 'lastOffset' in result ? errors.NOT_COORDINATOR : result;
    this.#fail(replies, clientError(error));
    lost(error);
  }

  #await(offset: number, replies: readonly Addressed<Reply>[]): void {
    const { log, clock, commitTimeoutMs } = this.#options;
    this.#lastAppended = offset;
    const deadlineMs = clock.monotonic() + commitTimeoutMs;
    this.#waits.push({ offset, deadlineMs, replies: [...replies] });
    this.#setTimeoutTimer();
    const life = this.#life;
    void log.replicated(offset).then((error) => {
      if (life !== this.#life) return;
      if (error === null) this.#release(offset);
      // Nothing is lost yet: our own deadline decides how long the replies wait.
      else if (error.code !== errors.REQUEST_TIMED_OUT.code) this.#lose(error);
    });
  }

  #release(offset: number): void {
    this.#lastReplicated = Math.max(this.#lastReplicated, offset);
    let released = 0;
    for (const wait of this.#waits) {
      if (wait.offset > offset) break;
      released++;
      this.#deliverAll(wait.replies);
    }
    this.#waits.splice(0, released);
  }

  #lose(error: KafkaError): void {
    const failed = this.#waits.flatMap(({ replies }) => replies);
    this.#waits = [];
    this.#fail(failed, clientError(error));
    this.#options.lost(error);
  }

  #setTimeoutTimer(): void {
    const first = this.#waits[0];
    if (this.#timeoutTimer !== null || first === undefined) return;
    const { clock } = this.#options;
    const delayMs = Math.max(1, first.deadlineMs - clock.monotonic());
    this.#timeoutTimer = clock.setTimer(delayMs, () => {
      this.#timeoutTimer = null;
      this.#timeOut();
      this.#setTimeoutTimer();
    });
  }

  /** The records stay in the log, and may be replicated yet; but nobody is kept waiting for it. */
  #timeOut(): void {
    const nowMs = this.#options.clock.monotonic();
    let over = 0;
    for (const { deadlineMs, replies } of this.#waits) {
      if (deadlineMs > nowMs) break;
      over++;
      this.#fail(replies, clientError(errors.REQUEST_TIMED_OUT));
    }
    this.#waits.splice(0, over);
  }

  #deliverAll(replies: readonly Addressed<Reply>[]): void {
    for (const { to, reply } of replies) this.#options.deliver(to, reply);
  }

  #fail(replies: readonly Addressed<Reply>[], error: KafkaError): void {
    const failure = new CoordinatorFailure(error);
    for (const { to } of replies) this.#options.deliver(to, failure);
  }
}
