import type { Decision, Machine, Moment, RequestId } from '../host/machine.ts';
import { addPartitions, verifyPartitions } from './add-partitions.ts';
import { describe, list } from './admin.ts';
import type { TransactionCommand, TransactionReply } from './commands.ts';
import { abortOverdue, endTransaction } from './end-transaction.ts';
import type { TransactionEvent } from './events.ts';
import { expireIds } from './expiry.ts';
import { initProducerId } from './init-producer-id.ts';
import { markersWritten } from './markers.ts';
import { phaseOf } from './states.ts';
import { type TransactionAlarm, TransactionTable } from './transaction-table.ts';
import { type TransactionMachineOptions, Turn } from './turn.ts';

/**
 * Transactional ids and their transactions over one partition of `__transaction_state`.
 *
 * Apache Kafka changes its state when a record is replicated, and meanwhile answers whoever asks with
 * CONCURRENT_TRANSACTIONS. Here the state changes with the decision, and every answer, also an error,
 * waits until what it rests on is replicated. What must happen outside, such as the markers of a
 * transaction that was ended, is handed out in answers as well, so it never runs ahead of the log.
 */
export class TransactionMachine
  implements Machine<TransactionCommand, TransactionEvent, TransactionReply>
{
  readonly table: TransactionTable = new TransactionTable();
  readonly #options: TransactionMachineOptions;
  readonly #expiry: TransactionAlarm = { kind: 'expiry', deadlineMs: Infinity, queuedMs: Infinity };

  constructor(options: TransactionMachineOptions) {
    this.#options = options;
  }

  decide(
    request: RequestId,
    command: TransactionCommand,
    now: Moment,
  ): Decision<TransactionEvent, TransactionReply> {
    const turn = new Turn(this.table, this.#options, now);
    switch (command.api) {
      case 'InitProducerId':
        initProducerId(turn, request, command);
        break;
      case 'AddPartitions':
        addPartitions(turn, request, command);
        break;
      case 'VerifyPartitions':
        verifyPartitions(turn, request, command);
        break;
      case 'EndTransaction':
        endTransaction(turn, request, command);
        break;
      case 'Describe':
        describe(turn, request, command);
        break;
      case 'List':
        list(turn, request, command);
        break;
      case 'TakeErrands':
        this.table.errands.expect(request, command.again);
        break;
      case 'MarkersWritten':
        markersWritten(turn, request, command);
        break;
      case 'AbortOverdue':
        abortOverdue(turn, command.transactionalId, command.newProducerId);
        turn.reply(request, null);
    }
    return turn.handOutErrands();
  }

  apply(event: TransactionEvent): void {
    this.table.apply(event);
  }

  /** The log of transactions is not written in transactions. */
  endTransaction(): void {}

  /** Decided ends are carried out, open transactions are looked after. */
  loaded(now: Moment): Decision<TransactionEvent, TransactionReply> {
    const turn = new Turn(this.table, this.#options, now);
    turn.divisible = true;
    this.#scheduleExpiry(now);
    for (const [transactionalId, transaction] of this.table.transactions) {
      const phase = phaseOf(transaction);
      if (phase === 'open') turn.watch(transactionalId, transaction);
      else if (phase === 'ending') turn.finishOrSendMarkers(transactionalId, transaction);
    }
    return turn.handOutErrands();
  }

  wake(now: Moment): Decision<TransactionEvent, TransactionReply> {
    const turn = new Turn(this.table, this.#options, now);
    turn.divisible = true;
    for (;;) {
      const alarm = this.table.alarms.due(now.monotonicMs);
      if (alarm === undefined) return turn.handOutErrands();
      if (alarm.kind === 'timeout') abortOverdue(turn, alarm.transactionalId);
      else {
        expireIds(turn);
        this.#scheduleExpiry(now);
      }
    }
  }

  nextDeadline(): number {
    return this.table.alarms.next();
  }

  #scheduleExpiry(now: Moment): void {
    const interval = this.#options.config.removeExpiredIntervalMs;
    this.table.alarms.set(this.#expiry, now.monotonicMs + interval);
  }
}
