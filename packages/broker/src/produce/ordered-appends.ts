import {
  type AppendResult,
  type Examination,
  type ExaminationResult,
  type ExaminationRules,
  examinationOf,
  examinationTask,
  failure,
  takesLong,
} from '@tidelog/log';
import type { Clock, Computing, ComputingPool } from '@tidelog/platform';
import { errors } from '@tidelog/protocol';
import type { Partition, PartitionAppend } from '../partition/partition.ts';

/** So much may be on its way through the threads, or wait behind that, before connections have to wait. */
const MOST_BYTES = 64 << 20;

export interface OrderedAppendsOptions {
  readonly computing: Computing;
  readonly clock: Clock;
  /** `num.io.threads` */
  readonly maxThreads: () => number;
  readonly warn: (message: string) => void;
}

/**
 * Appends what clients produce. What takes long to look into or to compress is examined in a thread; until it
 * is back, everything that comes for its partition later waits, so that the order of the requests remains the
 * order of the appends. Several batches of a partition may be examined at the same time.
 */
export class OrderedAppends {
  readonly #options: OrderedAppendsOptions;
  readonly #pool: ComputingPool<ExaminationRules, ExaminationResult>;
  /** Of partitions of which something is under way: resolves when that is in the log, or refused. */
  readonly #last = new Map<Partition, Promise<void>>();
  #bytes = 0;
  #closed = false;

  constructor(options: OrderedAppendsOptions) {
    this.#options = options;
    this.#pool = options.computing.pool(examinationTask, options.maxThreads);
  }

  /** More than is good for the memory is under way: who brings more should not be read on. */
  get isFull(): boolean {
    return this.#bytes > MOST_BYTES;
  }

  /** In this turn where nothing has to be waited for. The records are the caller's again when this returns. */
  append(
    partition: Partition,
    records: Buffer,
    options: PartitionAppend,
  ): AppendResult | Promise<AppendResult> {
    const { config } = partition.log;
    const before = this.#last.get(partition);
    const isLong = partition.isLeader && takesLong(records, config);
    if (before === undefined && !isLong) return partition.append(records, options);
    const now = this.#options.clock.now();
    const { produceVersion } = options;
    const examination = isLong ? examinationOf(records, config, { now, produceVersion }) : null;
    if (before === undefined && examination === null) return partition.append(records, options);
    const appended =
      examination === null
        ? this.#after(before, partition, Buffer.from(records), options)
        : this.#examined(before, partition, examination, options);
    const last: Promise<void> = appended
      .then(ignore, ignore) // its own caller hears of it
      .then(() => {
        if (this.#last.get(partition) === last) this.#last.delete(partition);
      });
    this.#last.set(partition, last);
    this.#bytes += records.length;
    return appended.finally(() => (this.#bytes -= records.length));
  }

  /** What is under way is refused. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool.close();
    await Promise.all(this.#last.values());
  }

  async #examined(
    before: Promise<void> | undefined,
    partition: Partition,
    examination: Examination,
    options: PartitionAppend,
  ): Promise<AppendResult> {
    // Both at a time; a rejection is heard of even while `before` takes longer.
    const [outcome] = await Promise.all([this.#examine(partition, examination), before]);
    if (outcome === null) {
      if (this.#closed) return this.#stopping();
      return failure(errors.UNKNOWN_SERVER_ERROR, 'the batch could not be examined');
    }
    const { bytes, note } = outcome;
    const batch = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return this.#append(partition, batch, { ...options, examined: note });
  }

  /** Null where it came to no result: not to be tried again, because it may be the batch that killed the thread. */
  async #examine(partition: Partition, examination: Examination) {
    try {
      return await this.#pool.run(examination);
    } catch (error) {
      if (this.#closed) return null;
      const { message } = error as Error;
      this.#options.warn(`a batch for ${partition.log.name} could not be examined: ${message}`);
      return null;
    }
  }

  async #after(
    before: Promise<void> | undefined,
    partition: Partition,
    records: Buffer,
    options: PartitionAppend,
  ): Promise<AppendResult> {
    await before;
    return this.#append(partition, records, options);
  }

  #append(partition: Partition, records: Buffer, options: PartitionAppend): AppendResult {
    return this.#closed ? this.#stopping() : partition.append(records, options);
  }

  #stopping(): AppendResult {
    return failure(errors.NOT_LEADER_OR_FOLLOWER, 'the broker is stopping');
  }
}

const ignore = () => {};
