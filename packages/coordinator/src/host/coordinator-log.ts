import type { KafkaError } from '@tidelog/protocol';

/** A producer's transaction that records are appended to. */
export interface Transaction {
  readonly producerId: number;
  readonly producerEpoch: number;
  /** What the broker's verification of the transaction gave; the log knows what to make of it. */
  readonly verified: unknown;
}

/** A transaction ends on a partition. */
export interface TransactionEnd {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
  readonly committed: boolean;
  /** `transaction.version` of the transaction: from 2 on the marker has to raise the epoch. */
  readonly transactionVersion: number;
}

/**
 * One partition of an internal topic, as its leader offers it to the coordinator on top. Every call
 * is for the leader epoch in which the coordinator was elected: after that epoch appends are refused
 * (NOT_LEADER_OR_FOLLOWER) and waits end with an error.
 */
export interface CoordinatorLog {
  /** `max.message.bytes` of the topic: no batch that is appended is larger. */
  readonly maxBatchSizeBytes: number;
  /** The offset that the next record will get. Only the coordinator appends records. */
  logEndOffset(): number;
  /**
   * Appends one record batch (v2, base offset 0) as the leader, in this turn. The log stamps offsets
   * and the leader epoch. A batch with a producer belongs to `transaction`. The last offset, or why
   * nothing was appended.
   */
  append(batch: Buffer, transaction?: Transaction): { readonly lastOffset: number } | KafkaError;
  /** Why a batch of the transaction would be refused now; null when it would not be. */
  checkTransaction(transaction: Transaction): KafkaError | null;
  /** Appends the marker that ends a transaction, in this turn. Its offset, or why it was refused. */
  appendMarker(end: TransactionEnd): { readonly lastOffset: number } | KafkaError;
  /**
   * Resolves with null once the high watermark is above `offset`, or with why it never will be.
   * REQUEST_TIMED_OUT only says that it took long: the coordinator has a deadline of its own.
   */
  replicated(offset: number): Promise<KafkaError | null>;
  /**
   * The batches from the log start to the log end, in buffers that each hold whole batches. Lets
   * other work run between buffers when the log is long. Throws when the log cannot be read.
   */
  load(): AsyncIterable<Buffer> | Iterable<Buffer>;
}
