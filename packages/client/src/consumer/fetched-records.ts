import {
  BATCH_HEADER_SIZE,
  batchCrcIsValid,
  batchIsControl,
  batchLeaderEpoch,
  batchLastOffset,
  batchMagic,
  batchSizeBytes,
  MAGIC_V2,
  nextBatchSize,
  NOT_A_BATCH,
  RecordCursor,
} from '@tidelog/protocol';
import type { TopicPartition } from '../topic-partition.ts';
import { type AbortedTransaction, AbortedFilter } from './aborted-filter.ts';
import { DecodedMessage } from '../serde/decoded-message.ts';
import type { AnyTopic } from '../serde/topic.ts';
import { ConsumedMessage } from './consumed-message.ts';
import { CorruptRecordsError } from './corrupt-records-error.ts';

export interface FetchedRecordsOptions {
  /** Messages before it are passed over: a fetch begins with the batch that holds it. */
  readonly startOffset: number;
  readonly maxDecompressedBytes: number;
  readonly checkCrcs: boolean;
  /** The aborted transactions that the records may hold; null where they are read all the same. */
  readonly abortedTransactions: readonly AbortedTransaction[] | null;
  /** How keys and values are read, where the topic has types. */
  readonly decoder: AnyTopic | null;
}

/** Messages that were found to be whole, and lie as they were sent. */
export interface RecordSpan {
  /** Records before it do not belong to it. */
  readonly startOffset: number;
  readonly firstOffset: number;
  readonly count: number;
  /** One for each batch, to be rewound. */
  readonly cursors: readonly RecordCursor[];
}

/** The whole batches of one partition in a fetch response, read one message at a time. */
export class FetchedRecords {
  readonly place: TopicPartition;
  readonly sizeBytes: number;
  /** Where to fetch on. */
  readonly endOffset: number;
  /** Leader epoch of the last batch; -1 where there is none. */
  endEpoch = -1;
  /** Leader epoch of the batch that was read last. */
  leaderEpoch = -1;
  readonly #records: Buffer;
  readonly #end: number;
  readonly #options: FetchedRecordsOptions;
  readonly #filter: AbortedFilter | null;
  readonly #decoder: AnyTopic | null;
  #cursor = new RecordCursor();
  #at = 0;
  #inBatch = false;
  #nextOffset: number;

  constructor(place: TopicPartition, records: Buffer, options: FetchedRecordsOptions) {
    this.place = place;
    this.#records = records;
    this.#options = options;
    const { abortedTransactions, decoder } = options;
    this.#decoder = decoder;
    this.#filter = abortedTransactions === null ? null : new AbortedFilter(abortedTransactions);
    this.#nextOffset = options.startOffset;
    let at = 0;
    let endOffset = options.startOffset;
    for (;;) {
      const size = nextBatchSize(records, at, records.length);
      if (size === 0) break;
      if (size === NOT_A_BATCH || batchMagic(records, at) !== MAGIC_V2) {
        at = records.length; // said when the reading comes there
        break;
      }
      endOffset = Math.max(endOffset, batchLastOffset(records, at) + 1);
      this.endEpoch = batchLeaderEpoch(records, at);
      at += size;
    }
    this.#end = at;
    this.sizeBytes = at;
    this.endOffset = endOffset;
  }

  /** The next message to be read, or the one after the last. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  /** The next message; null at the end. Throws CORRUPT_MESSAGE, and again until someone seeks past it. */
  next(): ConsumedMessage | null {
    const cursor = this.#cursor;
    for (;;) {
      while (this.#inBatch && cursor.next()) {
        if (cursor.offset < this.#nextOffset) continue;
        this.#nextOffset = cursor.offset + 1;
        return this.message(cursor);
      }
      if (this.#inBatch) this.#leaveBatch(cursor);
      if (this.#at >= this.#end) return null;
      this.#enterBatch();
    }
  }

  /** The message where a cursor of these records stands. */
  message(cursor: RecordCursor): ConsumedMessage {
    const { topic, partition } = this.place;
    return this.#decoder === null
      ? new ConsumedMessage(topic, partition, cursor)
      : new DecodedMessage(this.#decoder, partition, cursor);
  }

  /**
   * All that is left, up to what cannot be read, without an object for each message; null where nothing
   * is. Where nothing precedes what cannot be read it throws as `next` does.
   */
  rest(): RecordSpan | null {
    const startOffset = this.#nextOffset;
    const cursors: RecordCursor[] = [];
    let count = 0;
    let firstOffset = -1;
    try {
      for (;;) {
        if (this.#inBatch) {
          const cursor = this.#cursor;
          let found = 0;
          for (; cursor.next(); found++) {
            if (cursor.offset < startOffset) found--;
            else if (firstOffset < 0) firstOffset = cursor.offset;
          }
          if (found > 0) {
            count += found;
            this.#nextOffset = cursor.offset + 1;
            cursors.push(cursor);
            this.#cursor = new RecordCursor();
          }
          this.#leaveBatch(cursor);
        }
        if (this.#at >= this.#end) break;
        this.#enterBatch();
      }
    } catch (error) {
      if (count === 0) throw error;
      // It comes again: the cursor that went with the good messages is not this reader's any more.
      if (this.#inBatch) this.#openBatch();
    }
    return count === 0 ? null : { startOffset, firstOffset, count, cursors };
  }

  #enterBatch(): void {
    const records = this.#records;
    const at = this.#at;
    const size = nextBatchSize(records, at, this.#end);
    if (size < BATCH_HEADER_SIZE || batchMagic(records, at) !== MAGIC_V2) {
      throw this.#corrupt('it is of a format that this client does not read');
    }
    if (this.#options.checkCrcs && !batchCrcIsValid(records, at))
      throw this.#corrupt('its checksum does not match');
    this.leaderEpoch = batchLeaderEpoch(records, at);
    if (this.#filter?.isAborted(records, at) || batchIsControl(records, at)) {
      this.#skipBatch();
      return;
    }
    if (!this.#openBatch()) throw this.#corrupt(this.#cursor.problem!);
    this.#inBatch = true;
  }

  #openBatch(): boolean {
    return this.#cursor.open(this.#records, this.#at, this.#options.maxDecompressedBytes);
  }

  #leaveBatch({ problem }: RecordCursor): void {
    if (problem !== undefined) throw this.#corrupt(problem);
    this.#inBatch = false;
    this.#skipBatch();
  }

  #skipBatch(): void {
    const last = batchLastOffset(this.#records, this.#at);
    this.#nextOffset = Math.max(this.#nextOffset, last + 1);
    this.#at += batchSizeBytes(this.#records, this.#at);
  }

  #corrupt(problem: string): CorruptRecordsError {
    const at = this.#at;
    return new CorruptRecordsError(this.place, this.#nextOffset, problem, () => {
      if (at !== this.#at) return; // was passed already
      this.#inBatch = false;
      this.#skipDamaged();
    });
  }

  /** Where the next batch begins can be told as long as the header makes sense. */
  #skipDamaged(): void {
    const size = nextBatchSize(this.#records, this.#at, this.#end);
    const before = this.#nextOffset;
    if (size >= BATCH_HEADER_SIZE && batchMagic(this.#records, this.#at) === MAGIC_V2) {
      this.#skipBatch();
    } else {
      this.#at = this.#end;
    }
    // A header that lies shall not hold the reader up, nor send it far away.
    if (this.#nextOffset <= before) this.#nextOffset = before + 1;
  }
}
