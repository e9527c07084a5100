import type { MetadataRecord } from './metadata-record.ts';

/**
 * Metadata transactions (KIP-868): records after BeginTransaction count only from EndTransaction on,
 * and never after AbortTransaction. Kafka brackets its bootstrap records this way.
 */
export class TransactionFilter {
  #pending: MetadataRecord[] | null = null;

  get isOpen(): boolean {
    return this.#pending !== null;
  }

  /** The records that count now, in their order: usually the one that was handed in. */
  accept(record: MetadataRecord): readonly MetadataRecord[] {
    switch (record.type) {
      case 'BeginTransaction':
        if (this.#pending !== null) throw new Error('BeginTransaction inside a transaction');
        this.#pending = [];
        return [];
      case 'EndTransaction': {
        const records = this.#pending;
        if (records === null) throw new Error('EndTransaction outside a transaction');
        this.#pending = null;
        return records;
      }
      case 'AbortTransaction':
        if (this.#pending === null) throw new Error('AbortTransaction outside a transaction');
        this.#pending = null;
        return [];
      default:
        if (this.#pending === null) return [record];
        this.#pending.push(record);
        return [];
    }
  }
}
