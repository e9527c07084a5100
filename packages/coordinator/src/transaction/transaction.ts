import { nextState, type TransactionState } from './states.ts';

/** By topic. */
export type TransactionPartitions = ReadonlyMap<string, ReadonlySet<number>>;

export const NO_PRODUCER_ID = -1;
export const NO_PRODUCER_EPOCH = -1;
/** From this `transaction.version` on the epoch is bumped with the end of each transaction (KIP-890). */
export const EPOCH_BUMP_VERSION = 2;
/** A timeout that stands for none: two-phase commit (KIP-939). */
export const NO_TIMEOUT_MS = 0x7fffffff;

/** Clients never get the epoch after it: with that the coordinator can still fence whoever has this one. */
export const LAST_CLIENT_EPOCH = 0x7ffe;

const LAST_EPOCH = LAST_CLIENT_EPOCH + 1;
/** One object for all: most ids have no open transaction most of the time. */
export const NO_PARTITIONS: TransactionPartitions = new Map();

/** All that is known of a transactional id: its producer, and its last transaction. */
export interface Transaction {
  readonly state: TransactionState;
  readonly producerId: number;
  readonly producerEpoch: number;
  /** The id before the last change of anything; by it the retry of a request is known whose answer was lost. */
  readonly previousProducerId: number;
  /** Given out with the end of the transaction, whose markers still need `producerId`; -1 when it stays. */
  readonly nextProducerId: number;
  /** The epoch before the last bump, as far as its owner may retry; not in records. */
  readonly lastProducerEpoch: number;
  readonly timeoutMs: number;
  /** Those whose markers are missing, once the end is decided. */
  readonly partitions: TransactionPartitions;
  /** -1 before the first transaction. */
  readonly startTimestampMs: number;
  readonly lastUpdateTimestampMs: number;
  /** `transaction.version` as the one who changed the transaction last understands it: 0 or 2. */
  readonly clientVersion: number;
}

/** A producer as its client knows it. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** A transactional id that has never been seen: it has no epoch yet. */
export function newTransaction(producerId: number): Transaction {
  return {
    state: 'Empty',
    producerId,
    producerEpoch: NO_PRODUCER_EPOCH,
    previousProducerId: NO_PRODUCER_ID,
    nextProducerId: NO_PRODUCER_ID,
    lastProducerEpoch: NO_PRODUCER_EPOCH,
    timeoutMs: 0,
    partitions: NO_PARTITIONS,
    startTimestampMs: -1,
    lastUpdateTimestampMs: -1,
    clientVersion: 0,
  };
}

export function isEpochExhausted({ producerEpoch }: ProducerIdentity): boolean {
  return producerEpoch >= LAST_CLIENT_EPOCH;
}

/** A producer takes over, with an epoch of its own. */
export function initialized(
  from: Transaction,
  producer: ProducerIdentity & { readonly lastProducerEpoch: number },
  { timeoutMs, nowMs }: { readonly timeoutMs: number; readonly nowMs: number },
): Transaction {
  return {
    ...from,
    ...producer,
    state: nextState(from.state, 'initialized'),
    previousProducerId: from.producerId,
    timeoutMs,
    partitions: NO_PARTITIONS,
    startTimestampMs: -1,
    lastUpdateTimestampMs: nowMs,
  };
}

export function withPartitions(
  from: Transaction,
  partitions: TransactionPartitions,
  { clientVersion, nowMs }: { readonly clientVersion: number; readonly nowMs: number },
): Transaction {
  return {
    ...from,
    state: nextState(from.state, 'added'),
    previousProducerId: from.producerId,
    partitions,
    startTimestampMs: from.state === 'Ongoing' ? from.startTimestampMs : nowMs,
    lastUpdateTimestampMs: nowMs,
    clientVersion,
  };
}

export interface Ending {
  readonly committed: boolean;
  readonly clientVersion: number;
  /** -1: the producer keeps its id. */
  readonly nextProducerId: number;
  readonly nowMs: number;
}

/** The end is decided; from `EPOCH_BUMP_VERSION` on with an epoch of its own for the markers. */
export function ending(from: Transaction, how: Ending): Transaction {
  const { committed, clientVersion, nextProducerId, nowMs } = how;
  const bumped: Partial<Transaction> =
    clientVersion >= EPOCH_BUMP_VERSION
      ? { producerEpoch: nextEpoch(from), lastProducerEpoch: from.producerEpoch }
      : {};
  return {
    ...from,
    ...bumped,
    state: nextState(from.state, committed ? 'committing' : 'aborting'),
    previousProducerId: from.producerId,
    nextProducerId,
    // An abort of nothing has no beginning of its own.
    startTimestampMs: from.state === 'Ongoing' ? from.startTimestampMs : nowMs,
    lastUpdateTimestampMs: nowMs,
    clientVersion,
  };
}

/** No client may go on with the epoch that it has. */
export function fenced(from: Transaction): Transaction {
  return { ...from, producerEpoch: nextEpoch(from), lastProducerEpoch: NO_PRODUCER_EPOCH };
}

export function completed(from: Transaction, nowMs: number): Transaction {
  const { nextProducerId } = from;
  const changesId = from.clientVersion >= EPOCH_BUMP_VERSION && nextProducerId !== NO_PRODUCER_ID;
  return {
    ...from,
    ...(changesId && { producerId: nextProducerId, producerEpoch: 0 }),
    state: nextState(from.state, 'completed'),
    previousProducerId: from.producerId,
    nextProducerId: NO_PRODUCER_ID,
    partitions: NO_PARTITIONS,
    lastUpdateTimestampMs: nowMs,
  };
}

function nextEpoch({ producerEpoch }: ProducerIdentity): number {
  return Math.min(producerEpoch + 1, LAST_EPOCH);
}
