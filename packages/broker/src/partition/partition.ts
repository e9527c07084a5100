import {
  type AppendResult,
  failure,
  isFailure,
  type LeaderAppend,
  type Log,
  type LogFailure,
  type ReadLimits,
  type ReadResult,
  StorageError,
} from '@tidelog/log';
import type { TransactionEnd } from '@tidelog/coordinator';
import type { PartitionImage } from '@tidelog/metadata';
import type { Clock, Piece } from '@tidelog/platform';
import { errors, type KafkaError } from '@tidelog/protocol';
import type { Traffic } from '../metrics/traffic.ts';
import { endTransactionMarker } from './end-transaction-marker.ts';
import { PendingBytes } from './pending-bytes.ts';
import { ReplicationWaiters } from './replication-waiters.ts';

/**
 * When a record counts as replicated on this broker, and with that becomes visible:
 * `fsync`: when it is on stable storage; `relaxed`: when the page cache has it (Apache Kafka's way).
 */
export type Durability = 'fsync' | 'relaxed';

export interface PartitionOptions {
  readonly topic: string;
  readonly topicId: string;
  readonly index: number;
  readonly brokerId: number;
  readonly log: Log;
  readonly clock: Clock;
  readonly durability: Durability;
  /** Of the topic. */
  readonly traffic: Traffic;
}

/** What an append needs besides its records. */
export type PartitionAppend = Omit<LeaderAppend, 'leaderEpoch' | 'now'>;

/** Told when records have become visible to consumers, or when the partition is no longer led here. */
export type VisibilityListener = () => void;

/**
 * One partition that this broker hosts: its log, its place in the cluster, and who waits for it.
 *
 * The high watermark is the smallest end of the in-sync replicas' logs, where this broker's own end
 * counts as far as its durability says. It never exceeds what would survive, so that what
 * a consumer has seen and what a producer was promised are the same.
 */
export class Partition {
  readonly topic: string;
  readonly topicId: string;
  readonly index: number;
  readonly traffic: Traffic;
  readonly #brokerId: number;
  readonly #clock: Clock;
  readonly #waiters: ReplicationWaiters;
  readonly #listeners = new Set<VisibilityListener>();
  #durability: Durability;
  #log: Log;
  #image: PartitionImage | null = null;
  #flushing = false;
  /** Why the partition cannot be used, when it is offline. */
  #offline: string | null = null;
  /** What has been appended and is not yet below the high watermark. */
  readonly #invisible = new PendingBytes();
  /** What is, and is not yet below the last stable offset. */
  readonly #unstable = new PendingBytes();
  #visibleBytes = 0;
  #stableBytes = 0;
  #epochStartOffset = 0;

  constructor(options: PartitionOptions) {
    this.topic = options.topic;
    this.topicId = options.topicId;
    this.index = options.index;
    this.#log = options.log;
    this.traffic = options.traffic;
    this.#brokerId = options.brokerId;
    this.#clock = options.clock;
    this.#durability = options.durability;
    this.#waiters = new ReplicationWaiters(options.clock);
  }

  /** The log in use: another one, once the replica has been moved to another directory. */
  get log(): Log {
    return this.#log;
  }

  /** Why the partition cannot be used; null when it can. */
  get offline(): string | null {
    return this.#offline;
  }

  get isLeader(): boolean {
    return this.#image?.leader === this.#brokerId;
  }

  get leaderId(): number {
    return this.#image?.leader ?? -1;
  }

  get leaderEpoch(): number {
    return this.#image?.leaderEpoch ?? -1;
  }

  /**
   * Whether enough replicas are in sync for acks=all. A topic with fewer replicas than its
   * `min.insync.replicas` asks for all that it has.
   */
  hasMinInSyncReplicas(minInSyncReplicas: number): boolean {
    const { isr = [], replicas = [] } = this.#image ?? {};
    return isr.length >= Math.min(minInSyncReplicas, replicas.length);
  }

  get highWatermark(): number {
    return this.log.highWatermark;
  }

  /** A new leader whose high watermark has not reached its own epoch: its end is not known yet. */
  get isCatchingUp(): boolean {
    return this.#epochStartOffset > this.highWatermark;
  }

  /** A count that grows by the size of whatever becomes visible: for waits on a number of bytes. */
  get visibleBytes(): number {
    return this.#visibleBytes;
  }

  /** The same for what becomes visible to read_committed consumers. */
  get stableBytes(): number {
    return this.#stableBytes;
  }

  /** The cluster's word on this partition has changed. */
  applyImage(image: PartitionImage): void {
    const before = this.#image;
    this.#image = image;
    if (!this.isLeader) {
      this.#waiters.failAll(errors.NOT_LEADER_OR_FOLLOWER);
      this.#notify();
      return;
    }
    if (before?.leader === this.#brokerId && before.leaderEpoch === image.leaderEpoch) return;
    if (this.#offline !== null) return;
    this.#epochStartOffset = this.log.logEndOffset;
    this.log.assignLeaderEpoch(image.leaderEpoch);
    this.#advance();
  }

  setDurability(durability: Durability): void {
    this.#durability = durability;
    if (this.isLeader) this.#advance();
  }

  /** The replica is in another directory now, with everything that is in the log in use. */
  replaceLog(log: Log): void {
    this.#log = log;
    this.#flushing = false;
    if (this.isLeader) this.#advance();
  }

  /** Its directory has failed: every answer is KAFKA_STORAGE_ERROR until the next start. */
  goOffline(reason: string): void {
    if (this.#offline !== null) return;
    this.#offline = reason;
    this.#waiters.failAll(errors.KAFKA_STORAGE_ERROR);
    this.#notify();
  }

  /** The partition is being removed from this broker. */
  close(): void {
    this.#image = null;
    this.#waiters.failAll(errors.NOT_LEADER_OR_FOLLOWER);
    this.#notify();
  }

  /**
   * Whether a client that believes in `leaderEpoch` (-1: in none) may be served by this broker as
   * the leader (KIP-320).
   */
  checkLeader(leaderEpoch: number): KafkaError {
    if (this.#offline !== null) return errors.KAFKA_STORAGE_ERROR;
    if (leaderEpoch >= 0 && leaderEpoch !== this.leaderEpoch) {
      return leaderEpoch < this.leaderEpoch
        ? errors.FENCED_LEADER_EPOCH
        : errors.UNKNOWN_LEADER_EPOCH;
    }
    return this.isLeader ? errors.NONE : errors.NOT_LEADER_OR_FOLLOWER;
  }

  /** Appends in this turn; the records are changed in place. */
  append(records: Buffer, options: PartitionAppend): AppendResult {
    const { traffic } = this;
    traffic.produceRequests++;
    const refused = this.checkLeader(-1);
    if (refused !== errors.NONE) {
      traffic.failedProduceRequests++;
      return failure(refused, refused.message);
    }
    // Written out: V8 takes a slow path for a spread with more behind it.
    const { origin = 'client', produceVersion, transactionVersion, verified, examined } = options;
    const result = this.log.appendAsLeader(records, {
      leaderEpoch: this.leaderEpoch,
      now: this.#clock.now(),
      origin,
      produceVersion,
      transactionVersion,
      verified,
      examined,
    });
    if (isFailure(result)) {
      traffic.failedProduceRequests++;
      traffic.bytesRejected += records.length;
      return result;
    }
    if (!result.duplicate) {
      traffic.bytesIn += records.length;
      traffic.messagesIn += result.lastOffset + 1 - result.baseOffset;
      this.#invisible.add(result.lastOffset + 1, records.length);
      this.#advance();
    }
    return result;
  }

  /** Appends the marker that ends a transaction on this partition, in this turn. */
  appendMarker(end: TransactionEnd): AppendResult {
    const { transactionVersion } = end;
    const marker = endTransactionMarker(end, this.#clock.now());
    return this.append(marker, { origin: 'coordinator', transactionVersion });
  }

  /**
   * Resolves with null when the record at `offset` is on all in-sync replicas, with REQUEST_TIMED_OUT
   * after `timeoutMs`, or with why it never will be.
   */
  replicated(offset: number, timeoutMs: number): Promise<KafkaError | null> {
    if (this.highWatermark > offset) return Promise.resolve(null);
    return this.#waiters.add(offset, timeoutMs);
  }

  /** The buffers are lent: `giveBack` when they are sent. */
  read(offset: number, limits: ReadLimits): ReadResult {
    return this.#counted(this.log.read(offset, { ...limits, lends: true }));
  }

  /** The same for whoever does not look at the records: they may still be in the file. */
  readToSend(offset: number, limits: ReadLimits): ReadResult<Piece> {
    return this.#counted(this.log.readToSend(offset, limits));
  }

  #counted<Result extends ReadResult<Piece>>(result: Result): Result {
    const { traffic } = this;
    traffic.fetchRequests++;
    if (isFailure(result)) traffic.failedFetchRequests++;
    else traffic.bytesOut += result.sizeBytes;
    return result;
  }

  /** DeleteRecords: makes `offset` (-1: the high watermark) the first; gives it, or why not. */
  deleteRecords(offset: number): number | LogFailure {
    const refused = this.checkLeader(-1);
    if (refused !== errors.NONE) return failure(refused, refused.message);
    const result = this.log.deleteRecords(offset);
    this.#notify();
    return result;
  }

  onVisible(listener: VisibilityListener): void {
    this.#listeners.add(listener);
  }

  offVisible(listener: VisibilityListener): void {
    this.#listeners.delete(listener);
  }

  /** Brings the high watermark up to what is replicated. */
  #advance(): void {
    if (this.#durability === 'relaxed') this.#moveHighWatermark(this.log.logEndOffset);
    else {
      this.#moveHighWatermark(this.log.recoveryPoint);
      this.#flush();
    }
  }

  /** One flush is under way at a time; it serves all that was appended before it began. */
  #flush(): void {
    if (this.#flushing || this.log.recoveryPoint >= this.log.logEndOffset) return;
    this.#flushing = true;
    const { log } = this;
    log.flushed(log.logEndOffset).then(
      () => {
        if (log !== this.log) return;
        this.#flushing = false;
        if (this.isLeader) this.#advance();
      },
      (error: unknown) => {
        if (log !== this.log) return;
        this.#flushing = false;
        this.goOffline(error instanceof StorageError ? error.message : String(error));
      },
    );
  }

  #moveHighWatermark(offset: number): void {
    if (offset <= this.highWatermark) return;
    const highWatermark = this.log.updateHighWatermark(offset);
    const visible = this.#invisible.takeUpTo(highWatermark);
    this.#visibleBytes += visible;
    const { lastStableOffset } = this.log;
    if (lastStableOffset === highWatermark) this.#stableBytes += visible;
    else this.#unstable.add(highWatermark, visible);
    this.#stableBytes += this.#unstable.takeUpTo(lastStableOffset);
    this.#waiters.replicatedTo(highWatermark);
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}
