import type { Clock } from '@tidelog/platform';
import { errors, type KafkaError } from '@tidelog/protocol';
import { CoordinatorHost } from '../host/coordinator-host.ts';
import type { CoordinatorLog } from '../host/coordinator-log.ts';
import { CoordinatorFailure } from '../host/failure.ts';
import type {
  CommandOf,
  TransactionCommand,
  TransactionReplies,
  TransactionReply,
} from '../transaction/commands.ts';
import type { TransactionCoordinatorConfig } from '../transaction/config.ts';
import type { Errand } from '../transaction/errands.ts';
import { type TransactionEvent, transactionEventCodec } from '../transaction/events.ts';
import { TransactionMachine } from '../transaction/transaction-machine.ts';
import { type EndedTransaction, type MarkerPort, MarkerSender } from './marker-sender.ts';

export interface TransactionHostOptions {
  readonly config: TransactionCoordinatorConfig;
  readonly clock: Clock;
  readonly log: CoordinatorLog;
  /** Of the partition; markers carry it, so that those of an earlier coordinator are refused. */
  readonly leaderEpoch: number;
  readonly transactionVersion: () => number;
  readonly nextProducerId: () => Promise<number | KafkaError>;
  readonly markers: MarkerPort;
  readonly warn: (message: string) => void;
}

/** The machine of one partition of `__transaction_state`, and what it wants done outside. */
export class TransactionHost {
  readonly #options: TransactionHostOptions;
  readonly #host: CoordinatorHost<TransactionCommand, TransactionEvent, TransactionReply>;
  #markers: MarkerSender;

  constructor(options: TransactionHostOptions) {
    this.#options = options;
    const { config, clock, log, transactionVersion, warn } = options;
    this.#markers = this.#newSender();
    this.#host = new CoordinatorHost({
      log,
      clock,
      codec: transactionEventCodec,
      create: ({ maxBatchSizeBytes }) =>
        new TransactionMachine({ config, transactionVersion, maxBatchSizeBytes }),
      commitTimeoutMs: config.commitTimeoutMs,
      appendLingerMs: -1,
      warn,
      onLoaded: () => this.#start(),
    });
  }

  /** A command's reply is of its API: the machine answers each command in its own file. */
  submit<Api extends TransactionCommand['api']>(
    command: CommandOf<Api>,
  ): Promise<TransactionReplies[Api] | CoordinatorFailure> {
    return this.#host.submit(command) as Promise<TransactionReplies[Api] | CoordinatorFailure>;
  }

  close(): void {
    this.#markers.stop();
    this.#host.close();
  }

  /** A machine was loaded; the one before, if there was one, needs nothing any more. */
  #start(): void {
    this.#markers.stop();
    this.#markers = this.#newSender();
    void this.#carryOutErrands(this.#markers);
  }

  #newSender(): MarkerSender {
    const { markers, clock, leaderEpoch, warn } = this.#options;
    return new MarkerSender({
      port: markers,
      clock,
      coordinatorEpoch: leaderEpoch,
      written: (transactionalId, { producerId, producerEpoch }, topics) =>
        void this.submit<'MarkersWritten'>({
          api: 'MarkersWritten',
          transactionalId,
          producerId,
          producerEpoch,
          topics,
        }),
      warn,
    });
  }

  async #carryOutErrands(markers: MarkerSender): Promise<void> {
    let again = false;
    for (;;) {
      const errands = await this.submit<'TakeErrands'>({ api: 'TakeErrands', again });
      if (!(errands instanceof CoordinatorFailure)) {
        this.#carryOut(errands, markers);
        again = false;
      } else if (errands.error === errors.COORDINATOR_NOT_AVAILABLE) {
        // What they rest on is not replicated yet.
        again = true;
      } else return;
    }
  }

  #carryOut(errands: readonly Errand[], markers: MarkerSender): void {
    const ended: EndedTransaction[] = [];
    for (const errand of errands) {
      if (errand.kind === 'write markers') ended.push(errand);
      else void this.#abortWithNewProducerId(errand.transactionalId);
    }
    if (ended.length > 0) markers.send(ended);
  }

  /** Where there is none the machine asks again at the next round. */
  async #abortWithNewProducerId(transactionalId: string): Promise<void> {
    const newProducerId = await this.#options.nextProducerId();
    if (typeof newProducerId !== 'number') return;
    await this.submit<'AbortOverdue'>({ api: 'AbortOverdue', transactionalId, newProducerId });
  }
}
