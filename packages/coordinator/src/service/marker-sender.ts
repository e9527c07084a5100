import type { Clock } from '@tidelog/platform';
import { errorOf, errors, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import type { Transaction, TransactionPartitions } from '../transaction/transaction.ts';

type Marker = RequestOf<'WriteTxnMarkers'>['markers'][number];
type MarkerResult = ResponseOf<'WriteTxnMarkers'>['markers'][number];
type Topic = { readonly name: string; readonly partitions: number[] };

/** The way to the leaders of partitions. */
export interface MarkerPort {
  /** The leader's node id; null while there is none; 'deleted' when the partition is gone. */
  leaderOf(topic: string, partition: number): number | null | 'deleted';
  /** Asks one broker. A rejection is tried again, like any retriable error. */
  writeMarkers(
    request: RequestOf<'WriteTxnMarkers'>,
    nodeId: number,
  ): Promise<ResponseOf<'WriteTxnMarkers'>>;
}

export interface MarkerSenderOptions {
  readonly port: MarkerPort;
  readonly clock: Clock;
  readonly coordinatorEpoch: number;
  /** Markers are in these partitions, or nobody needs them. */
  readonly written: (transactionalId: string, transaction: Transaction, topics: Topic[]) => void;
  readonly warn: (message: string) => void;
}

export interface EndedTransaction {
  readonly transactionalId: string;
  readonly transaction: Transaction;
}

const FIRST_DELAY_MS = 20;
const LONGEST_DELAY_MS = 1000;

/** The partition has gone on, or another coordinator has: to send again would not change that. */
const fencing = new Set([
  errors.INVALID_PRODUCER_EPOCH.code,
  errors.TRANSACTION_COORDINATOR_FENCED.code,
]);
/** The partition cannot have records of the transaction. */
const harmless = new Set([
  errors.NONE.code,
  errors.UNSUPPORTED_FOR_MESSAGE_FORMAT.code,
  errors.UNSUPPORTED_VERSION.code,
]);

/**
 * Sends the markers of ended transactions to the leaders of their partitions, again and again until all
 * have them. It lives as long as the machine that asked for it.
 */
export class MarkerSender {
  readonly #options: MarkerSenderOptions;
  #stopped = false;

  constructor(options: MarkerSenderOptions) {
    this.#options = options;
  }

  stop(): void {
    this.#stopped = true;
  }

  send(ended: readonly EndedTransaction[], delayMs: number = FIRST_DELAY_MS): void {
    if (this.#stopped) return;
    const byNode = new Map<number, EndedTransaction[]>();
    for (const one of ended) {
      const { leaderless, deleted, led } = this.#sort(one.transaction.partitions);
      if (deleted.length > 0) this.#written(one, deleted);
      if (leaderless.length > 0) this.#sendLater([part(one, leaderless)], delayMs);
      for (const [nodeId, topics] of led) {
        const together = byNode.get(nodeId);
        if (together === undefined) byNode.set(nodeId, [part(one, topics)]);
        else together.push(part(one, topics));
      }
    }
    for (const [nodeId, together] of byNode) void this.#ask(nodeId, together, delayMs);
  }

  async #ask(nodeId: number, ended: readonly EndedTransaction[], delayMs: number): Promise<void> {
    const markers = ended.map(({ transaction }) => this.#marker(transaction));
    let results: readonly MarkerResult[];
    try {
      ({ markers: results } = await this.#options.port.writeMarkers({ markers }, nodeId));
    } catch (error) {
      this.#options.warn(`node ${nodeId} did not take markers: ${String(error)}`);
      this.#sendLater(ended, delayMs);
      return;
    }
    if (this.#stopped) return;
    const byProducer = new Map(results.map((result) => [result.producerId, result]));
    const rest = ended.flatMap((one) => {
      const missing = this.#take(one, byProducer.get(one.transaction.producerId));
      return missing === null ? [] : [missing];
    });
    if (rest.length > 0) this.#sendLater(rest, delayMs);
  }

  /** What is still missing after an answer; null when there is nothing more to send. */
  #take(one: EndedTransaction, result: MarkerResult | undefined): EndedTransaction | null {
    const codes = new Map<string, Map<number, number>>();
    for (const { name, partitions } of result?.topics ?? []) {
      codes.set(name, new Map(partitions.map((p) => [p.partitionIndex, p.errorCode])));
    }
    const written: Topic[] = [];
    const missing: Topic[] = [];
    let fenced: number | null = null;
    for (const [name, ids] of one.transaction.partitions) {
      const codeOf = (id: number) => codes.get(name)?.get(id) ?? errors.UNKNOWN_SERVER_ERROR.code;
      const done = [...ids].filter((id) => harmless.has(codeOf(id)));
      if (done.length > 0) written.push({ name, partitions: done });
      const open = [...ids].filter((id) => !harmless.has(codeOf(id)));
      fenced ??= open.map(codeOf).find((code) => fencing.has(code)) ?? null;
      if (open.length > 0) missing.push({ name, partitions: open });
    }
    if (written.length > 0) this.#written(one, written);
    if (fenced === null) return missing.length === 0 ? null : part(one, missing);
    const { transactionalId, transaction } = one;
    const { name, message } = errorOf(fenced);
    this.#options.warn(
      `${transactionalId} stays ${transaction.state}: its markers are refused with ${name}, ${message}`,
    );
    return null;
  }

  #sort(partitions: TransactionPartitions) {
    const leaderless: Topic[] = [];
    const deleted: Topic[] = [];
    const led = new Map<number, Topic[]>();
    const put = (into: Topic[], name: string, id: number) => {
      const last = into.at(-1);
      if (last?.name === name) last.partitions.push(id);
      else into.push({ name, partitions: [id] });
    };
    for (const [name, ids] of partitions) {
      for (const id of ids) {
        const leader = this.#options.port.leaderOf(name, id);
        if (leader === 'deleted') put(deleted, name, id);
        else if (leader === null) put(leaderless, name, id);
        else {
          const topics = led.get(leader) ?? [];
          led.set(leader, topics);
          put(topics, name, id);
        }
      }
    }
    return { leaderless, deleted, led };
  }

  #marker(transaction: Transaction): Marker {
    const { state, producerId, producerEpoch, partitions, clientVersion } = transaction;
    return {
      producerId,
      producerEpoch,
      transactionResult: state === 'PrepareCommit',
      topics: [...partitions].map(([name, ids]) => ({ name, partitionIndexes: [...ids] })),
      coordinatorEpoch: this.#options.coordinatorEpoch,
      transactionVersion: clientVersion,
    };
  }

  #written({ transactionalId, transaction }: EndedTransaction, topics: Topic[]): void {
    this.#options.written(transactionalId, transaction, topics);
  }

  #sendLater(ended: readonly EndedTransaction[], delayMs: number): void {
    const nextDelayMs = Math.min(2 * delayMs, LONGEST_DELAY_MS);
    this.#options.clock.setTimer(delayMs, () => this.send(ended, nextDelayMs));
  }
}

/** A transaction with some of its partitions only. */
function part({ transactionalId, transaction }: EndedTransaction, topics: readonly Topic[]) {
  const partitions = new Map(topics.map(({ name, partitions: ids }) => [name, new Set(ids)]));
  return { transactionalId, transaction: { ...transaction, partitions } };
}
