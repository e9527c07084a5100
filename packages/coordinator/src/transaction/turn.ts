import type { Decision, Moment, RequestId } from '../host/machine.ts';
import type { TransactionReply } from './commands.ts';
import type { TransactionCoordinatorConfig } from './config.ts';
import { sizeUpperBound, type TransactionEvent } from './events.ts';
import type { TransactionTable } from './transaction-table.ts';
import { phaseOf } from './states.ts';
import { completed, NO_TIMEOUT_MS, type Transaction } from './transaction.ts';

export interface TransactionMachineOptions {
  readonly config: TransactionCoordinatorConfig;
  /** The finalized level of `transaction.version`, which can change at any time. */
  readonly transactionVersion: () => number;
  readonly maxBatchSizeBytes: number;
}

const BATCH_OVERHEAD_BYTES = 128;

/** One decision in the making. */
export class Turn implements Decision<TransactionEvent, TransactionReply> {
  readonly events: TransactionEvent[] = [];
  readonly replies: { to: RequestId; reply: TransactionReply }[] = [];
  settled = false;
  divisible = false;
  readonly table: TransactionTable;
  readonly config: TransactionCoordinatorConfig;
  readonly transactionVersion: number;
  readonly now: Moment;
  readonly #maxBatchSizeBytes: number;

  constructor(table: TransactionTable, options: TransactionMachineOptions, now: Moment) {
    this.table = table;
    this.config = options.config;
    this.transactionVersion = options.transactionVersion();
    this.#maxBatchSizeBytes = options.maxBatchSizeBytes;
    this.now = now;
  }

  get nowMs(): number {
    return this.now.timestampMs;
  }

  /** Whatever a client is told, also an error, rests on records that will not be lost. */
  reply(to: RequestId, reply: TransactionReply): void {
    this.settled = true;
    this.replies.push({ to, reply });
  }

  emit(transactionalId: string, value: Transaction | null): void {
    const event = this.#eventOf(transactionalId, value);
    this.events.push(event);
    this.table.apply(event);
    if (value === null) return;
    const phase = phaseOf(value);
    if (phase === 'open') this.watch(transactionalId, value);
    else if (phase === 'ending') this.finishOrSendMarkers(transactionalId, value);
  }

  /** Whether this can stand in a batch. */
  fits(transactionalId: string, value: Transaction): boolean {
    const size = sizeUpperBound(this.#eventOf(transactionalId, value));
    return BATCH_OVERHEAD_BYTES + size <= this.#maxBatchSizeBytes;
  }

  /** The markers of an ended transaction are to be written; it is complete where there are none. */
  finishOrSendMarkers(transactionalId: string, transaction: Transaction): void {
    if (transaction.partitions.size === 0) this.complete(transactionalId, transaction);
    else this.table.errands.add({ kind: 'write markers', transactionalId, transaction });
  }

  complete(transactionalId: string, transaction: Transaction): void {
    this.emit(transactionalId, completed(transaction, this.nowMs));
  }

  /** An open transaction is looked after when it will be overdue, at the next round of the interval. */
  watch(transactionalId: string, { timeoutMs, startTimestampMs }: Transaction): void {
    if (timeoutMs === NO_TIMEOUT_MS) return;
    const restMs = Math.max(0, startTimestampMs + timeoutMs + 1 - this.nowMs);
    const interval = this.config.abortTimedOutIntervalMs;
    const rounds = Math.floor((this.now.monotonicMs + restMs) / interval) + 1;
    this.table.watch(transactionalId, rounds * interval);
  }

  /** Lets go what there is to do outside; the last step of a turn. */
  handOutErrands(): this {
    const errands = this.table.errands.handOut();
    if (errands !== null) this.reply(errands.to, errands.reply);
    return this;
  }

  #eventOf(transactionalId: string, value: Transaction | null): TransactionEvent {
    return { transactionalId, valueVersion: this.transactionVersion >= 1 ? 1 : 0, value };
  }
}
