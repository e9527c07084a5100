import { giveBack, isFailure } from '@tidelog/log';
import type { AcquiredRecords } from '@tidelog/coordinator';
import { errors, type KafkaError } from '@tidelog/protocol';
import type { Partition } from '../partition/partition.ts';
import type { BrokerServices } from '../services.ts';
import { abortedBatches, readBatches, sliceBatches } from './read-batches.ts';
import type { SessionPartition } from './share-sessions.ts';
import type { SharedPartition } from './shared-partition.ts';

export interface ShareFetchOptions {
  readonly groupId: string;
  readonly memberId: string;
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly maxRecords: number;
  readonly batchSize: number;
  /** `share.acquire.mode` is `record_limit` (KIP-1206). */
  readonly recordLimit: boolean;
  /** Of the connection that asks. */
  readonly onGone: Set<() => void>;
}

export interface ShareFetchResult extends SessionPartition {
  readonly error: KafkaError;
  readonly records: readonly Buffer[];
  readonly acquired: readonly AcquiredRecords[];
}

interface Read {
  readonly shared: SharedPartition;
  readonly fetchOffset: number;
  readonly records: readonly Buffer[];
  readonly sizeBytes: number;
  readonly aborted: readonly { producerId: number; firstOffset: number }[];
}

const nothing = { error: errors.NONE, records: [], acquired: [] };

/**
 * One share fetch: reads each of its partitions where the group goes on, and when there is enough of it,
 * acquires what was read. Until then it waits for records, or for locks that end. Reading and acquiring
 * happen in one turn, so that no two members meet in a partition.
 */
export class ShareFetch {
  readonly #broker: BrokerServices;
  readonly #options: ShareFetchOptions;
  readonly #shared: { target: SessionPartition; shared: SharedPartition }[] = [];
  readonly #refused: ShareFetchResult[] = [];
  #gone = false;
  /** The buffers that were read for the answer, which the log takes back when they are sent. */
  readonly buffers: Buffer[] = [];

  constructor(
    broker: BrokerServices,
    targets: readonly SessionPartition[],
    options: ShareFetchOptions,
  ) {
    this.#broker = broker;
    this.#options = options;
    for (const target of targets) {
      const found = this.#find(target);
      if ('code' in found) this.#refused.push({ ...target, ...nothing, error: found });
      else {
        this.#shared.push({
          target,
          shared: broker.sharing.partitions.open(options.groupId, found),
        });
      }
    }
  }

  async run(): Promise<ShareFetchResult[]> {
    const { maxBytes, maxRecords, maxWaitMs, minBytes } = this.#options;
    if (maxBytes <= 0 || maxRecords <= 0) return this.#refused;
    const { clock } = this.#broker;
    const deadlineMs = clock.monotonic() + maxWaitMs;
    for (;;) {
      if (this.#gone) return this.#refused;
      const leftMs = deadlineMs - clock.monotonic();
      const results =
        this.#attempt(leftMs > 0 ? minBytes : 0) ?? (await this.#change(leftMs, minBytes));
      if (results !== null) return [...results, ...this.#refused];
    }
  }

  #find({ topicId, index }: SessionPartition): Partition | KafkaError {
    const topic = this.#broker.metadata.image.topics.byId(topicId);
    if (topic === undefined) return errors.UNKNOWN_TOPIC_ID;
    const partition = this.#broker.partitions.find(topic.name, index);
    if ('code' in partition) return partition;
    const refused = partition.checkLeader(-1);
    return refused === errors.NONE ? partition : refused;
  }

  /** Acquires when `minBytes` can be read or something has to be said; else null. */
  #attempt(minBytes: number): ShareFetchResult[] | null {
    const reads = new Map<SharedPartition, Read | KafkaError>();
    const open = this.#shared.filter(({ shared }) => shared.nextFetchOffset() !== null);
    const each = Math.max(1, Math.floor(this.#options.maxBytes / Math.max(1, open.length)));
    let sizeBytes = 0;
    for (const { shared } of open) {
      const read = this.#read(shared, each, sizeBytes === 0);
      if (read === null) continue;
      if (!('code' in read)) sizeBytes += read.sizeBytes;
      reads.set(shared, read);
    }
    if (sizeBytes < minBytes && !this.#mustAnswer(reads.values())) {
      for (const read of reads.values()) if (!('code' in read)) giveBack(read.records);
      return null;
    }
    for (const read of reads.values()) {
      if (!('code' in read)) for (const buffer of read.records) this.buffers.push(buffer);
    }
    let room = this.#options.maxRecords;
    return this.#shared.flatMap(({ target, shared }) => {
      const read = reads.get(shared);
      const failure = shared.failure ?? (read !== undefined && 'code' in read ? read : null);
      if (failure !== null) return [{ ...target, ...nothing, error: failure }];
      if (shared.isFenced) return [{ ...target, ...nothing, error: errors.NOT_LEADER_OR_FOLLOWER }];
      if (read === undefined || 'code' in read) return [];
      const { acquired, records } = this.#acquire(read, room);
      for (const { firstOffset, lastOffset } of acquired) room -= lastOffset - firstOffset + 1;
      return [{ ...target, error: errors.NONE, acquired, records }];
    });
  }

  #mustAnswer(reads: Iterable<Read | KafkaError>): boolean {
    for (const read of reads) if ('code' in read) return true;
    return this.#shared.every(({ shared }) => shared.failure !== null || shared.isFenced);
  }

  /** Null where there is nothing to read from any more. */
  #read(shared: SharedPartition, maxBytes: number, first: boolean): Read | KafkaError | null {
    const { partition, groupId } = shared;
    const refused = partition.checkLeader(-1);
    if (refused !== errors.NONE) return refused;
    const fetchOffset = shared.nextFetchOffset();
    if (fetchOffset === null) return null;
    const { isolationLevel } = this.#broker.sharing.settingsOf(groupId);
    const committed = isolationLevel === 'read_committed';
    const { highWatermark, lastStableOffset } = partition.log;
    const data = partition.read(fetchOffset, {
      maxBytes,
      maxOffset: committed ? lastStableOffset : highWatermark,
      minOneMessage: first,
      abortedTransactions: committed,
    });
    if (!isFailure(data)) {
      const { records, sizeBytes, abortedTransactions: aborted } = data;
      return { shared, fetchOffset, records, sizeBytes, aborted };
    }
    if (data.error !== errors.OFFSET_OUT_OF_RANGE) return data.error;
    return shared.catchUpWithLog() ? this.#read(shared, maxBytes, first) : null;
  }

  #acquire(
    { shared, fetchOffset, records, aborted }: Read,
    maxRecords: number,
  ): Pick<ShareFetchResult, 'acquired' | 'records'> {
    const { memberId, batchSize, recordLimit } = this.#options;
    const batches = readBatches(records);
    const acquired = shared.acquire({
      memberId,
      recordLimit,
      maxRecords,
      batchSize: Math.max(1, batchSize),
      fetchOffset,
      batches,
      aborted: abortedBatches(batches, aborted),
    });
    if (acquired.length === 0) return { acquired, records: [] };
    const { firstOffset } = acquired[0]!;
    const { lastOffset } = acquired.at(-1)!;
    return { acquired, records: sliceBatches(records, batches, { firstOffset, lastOffset }) };
  }

  /**
   * Resolves to null when it is worth another look, or the time is over. What a share partition gives is
   * taken in the turn in which it can: a fetch does not wait for others whose state is being loaded.
   */
  #change(leftMs: number, minBytes: number): Promise<ShareFetchResult[] | null> {
    const { onGone } = this.#options;
    return new Promise((resolve, reject) => {
      const end = () => {
        timer.cancel();
        onGone.delete(gone);
        for (const { shared } of this.#shared) {
          shared.offChange(look);
          shared.partition.offVisible(finish);
        }
      };
      const finish = () => {
        end();
        resolve(null);
      };
      const look = () => {
        try {
          const results = this.#attempt(minBytes);
          if (results === null) return;
          end();
          resolve(results);
        } catch (error) {
          end();
          reject(error);
        }
      };
      const gone = () => {
        this.#gone = true;
        finish();
      };
      const timer = this.#broker.clock.setTimer(Math.max(1, Math.ceil(leftMs)), finish);
      onGone.add(gone);
      for (const { shared } of this.#shared) {
        shared.onChange(look);
        shared.partition.onVisible(finish);
      }
    });
  }
}
