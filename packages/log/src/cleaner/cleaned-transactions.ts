import {
  batchIsTransactional,
  batchLastOffset,
  batchProducerId,
  controlRecordTypes,
  RecordCursor,
  readControlRecordType,
} from '@tidelog/protocol';
import type { AbortedTransactionEntry } from '../index/transaction-index.ts';

interface OngoingAborted {
  readonly entry: AbortedTransactionEntry;
  /** Batches of it are still in the log. */
  seen: boolean;
}

/**
 * Follows the transactions through the batches of a log, in their order, all of which are decided: tells
 * which batches were aborted, and which markers stand for nothing any more.
 */
export class CleanedTransactions {
  /** Called for each aborted transaction whose marker has to stay. */
  onRetained: (aborted: AbortedTransactionEntry) => void = () => {};
  readonly #aborted: readonly AbortedTransactionEntry[];
  #next = 0;
  readonly #ongoingAborted = new Map<number, OngoingAborted>();
  readonly #ongoingCommitted = new Set<number>();
  readonly #cursor = new RecordCursor();

  /** `aborted`: all that touch the batches to come. */
  constructor(aborted: readonly AbortedTransactionEntry[]) {
    this.#aborted = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Whether the batch, which is no control batch, was aborted. */
  isAborted(buf: Buffer, at: number): boolean {
    this.#reach(batchLastOffset(buf, at));
    if (!batchIsTransactional(buf, at)) return false;
    const producerId = batchProducerId(buf, at);
    const aborted = this.#ongoingAborted.get(producerId);
    if (aborted !== undefined) aborted.seen = true;
    else this.#ongoingCommitted.add(producerId);
    return aborted !== undefined;
  }

  /** Whether the control batch ends a transaction of which no batch was met, or is empty. */
  isObsolete(buf: Buffer, at: number): boolean {
    this.#reach(batchLastOffset(buf, at));
    const cursor = this.#cursor;
    if (!cursor.open(buf, at) || !cursor.next()) return true;
    const type = readControlRecordType(cursor.key);
    const producerId = batchProducerId(buf, at);
    if (type === controlRecordTypes.commit) return !this.#ongoingCommitted.delete(producerId);
    if (type !== controlRecordTypes.abort) return false;
    const aborted = this.#ongoingAborted.get(producerId);
    this.#ongoingAborted.delete(producerId);
    if (aborted === undefined || !aborted.seen) return true;
    this.onRetained(aborted.entry);
    return false;
  }

  #reach(offset: number): void {
    for (; this.#next < this.#aborted.length; this.#next++) {
      const entry = this.#aborted[this.#next]!;
      if (entry.firstOffset > offset) return;
      if (this.#ongoingAborted.has(entry.producerId)) continue;
      this.#ongoingAborted.set(entry.producerId, { entry, seen: false });
    }
  }
}
