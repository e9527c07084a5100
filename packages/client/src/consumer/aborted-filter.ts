import {
  batchIsControl,
  batchIsTransactional,
  batchLastOffset,
  batchProducerId,
  controlRecordTypes,
  NO_PRODUCER_ID,
  readControlRecordType,
  RecordCursor,
} from '@tidelog/protocol';

/** A transaction that was aborted, as a broker tells of it with the records that it touches. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

/**
 * Tells which batches of a fetch belong to aborted transactions (KIP-98): those of a producer between the
 * first offset of such a transaction and the marker that ends it. Batches have to come in order.
 */
export class AbortedFilter {
  /** By first offset; the next one to begin is the last. */
  readonly #toCome: AbortedTransaction[];
  readonly #aborted = new Set<number>();

  constructor(transactions: readonly AbortedTransaction[]) {
    this.#toCome = transactions.toSorted((a, b) => b.firstOffset - a.firstOffset);
  }

  isAborted(records: Buffer, at: number): boolean {
    const producerId = batchProducerId(records, at);
    if (producerId === NO_PRODUCER_ID) return false;
    const lastOffset = batchLastOffset(records, at);
    for (let next = this.#toCome.at(-1); next !== undefined; next = this.#toCome.at(-1)) {
      if (next.firstOffset > lastOffset) break;
      this.#aborted.add(next.producerId);
      this.#toCome.pop();
    }
    if (!this.#aborted.has(producerId)) return false;
    if (batchIsControl(records, at)) {
      if (isAbortMarker(records, at)) this.#aborted.delete(producerId);
      return false;
    }
    return batchIsTransactional(records, at);
  }
}

function isAbortMarker(records: Buffer, at: number): boolean {
  const cursor = new RecordCursor();
  if (!cursor.open(records, at) || !cursor.next()) return false;
  return readControlRecordType(cursor.key) === controlRecordTypes.abort;
}
