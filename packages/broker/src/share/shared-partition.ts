import {
  type AcknowledgementBatch,
  type AcquiredRecords,
  type AcquireRequest,
  SharePartition,
  type GroupSettings,
  type StateWrite,
} from '@tidelog/coordinator';
import type { Clock, Timer } from '@tidelog/platform';
import {
  errorOf,
  errors,
  type KafkaError,
  type RequestOf,
  type ResponseOf,
} from '@tidelog/protocol';
import type { Partition } from '../partition/partition.ts';
import { resetOffset } from './offset-reset.ts';

/** Nobody has read the partition for the group yet. */
const NO_START_OFFSET = -1;

/** Where the state of share partitions is kept. Nothing rejects. */
export interface ShareStateStore {
  readState(request: RequestOf<'ReadShareGroupState'>): Promise<ResponseOf<'ReadShareGroupState'>>;
  writeState(
    request: RequestOf<'WriteShareGroupState'>,
  ): Promise<ResponseOf<'WriteShareGroupState'>>;
}

export interface SharedPartitionOptions {
  readonly groupId: string;
  readonly partition: Partition;
  readonly store: ShareStateStore;
  readonly clock: Clock;
  readonly settings: () => GroupSettings['share'];
  /** The share coordinator, or the cluster, no longer takes this broker for the leader. */
  readonly onFenced: () => void;
}

/**
 * One partition on its way through one share group, on the broker that leads it: the pure
 * `SharePartition` with its state loaded and written, and with a timer for its locks. It belongs to one
 * leader epoch; when that is over, it is fenced and another one takes its place.
 */
export class SharedPartition {
  readonly groupId: string;
  readonly partition: Partition;
  readonly leaderEpoch: number;
  readonly #options: SharedPartitionOptions;
  readonly #listeners = new Set<() => void>();
  #records: SharePartition | null = null;
  #failure: KafkaError | null = null;
  #stateEpoch = 0;
  #fenced = false;
  #timer: Timer | null = null;
  #timerDueMs = Number.POSITIVE_INFINITY;

  constructor(options: SharedPartitionOptions) {
    this.#options = options;
    this.groupId = options.groupId;
    this.partition = options.partition;
    this.leaderEpoch = options.partition.leaderEpoch;
    void this.#load();
  }

  /** Why the state could not be loaded; null also as long as that is not known. */
  get failure(): KafkaError | null {
    return this.#failure;
  }

  get isFenced(): boolean {
    return this.#fenced;
  }

  /** Where the log has to be read; null while loading, and when all that may be in flight is. */
  nextFetchOffset(): number | null {
    if (this.#records === null || this.#fenced) return null;
    return this.#records.nextFetchOffset(this.#moment().limits.maxRecordLocks);
  }

  acquire(request: AcquireRequest): AcquiredRecords[] {
    if (this.#records === null || this.#fenced) return [];
    const acquired = this.#records.acquire(request, this.#moment());
    this.#watchLocks();
    return acquired;
  }

  /** Resolves with NONE when the acknowledgements are written, or with why none of them counts. */
  async acknowledge(
    memberId: string,
    batches: readonly AcknowledgementBatch[],
  ): Promise<KafkaError> {
    if (this.#records === null) return errors.INVALID_RECORD_STATE;
    const write = this.#records.acknowledge(memberId, batches, this.#moment());
    this.#watchLocks();
    if (write === null) return errors.NONE;
    return 'code' in write ? write : this.#persist(write);
  }

  /** Gives back all that a member holds. */
  async release(memberId: string): Promise<void> {
    const write = this.#records?.release(memberId, this.#moment()) ?? null;
    if (write !== null) await this.#persist(write);
  }

  /** The log says that what was to be read is gone; false when the group was not behind it. */
  catchUpWithLog(): boolean {
    const { logStartOffset } = this.partition.log;
    if (this.#records === null || this.#records.startOffset >= logStartOffset) return false;
    this.#records.moveLogStart(logStartOffset);
    return true;
  }

  /** Told when records may have become available, or none ever will. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  offChange(listener: () => void): void {
    this.#listeners.delete(listener);
  }

  /** Ends this share partition; acknowledgements that are being written still settle. */
  fence(): void {
    this.#fenced = true;
    this.#timer?.cancel();
    this.#timer = null;
    this.#notify();
  }

  async #load(): Promise<void> {
    const { groupId, store, partition, settings, clock } = this.#options;
    const question = { partition: partition.index, leaderEpoch: this.leaderEpoch };
    const { results } = await store.readState({
      groupId,
      topics: [{ topicId: partition.topicId, partitions: [question] }],
    });
    const state = results[0]?.partitions[0];
    const error = clientError(state?.errorCode ?? errors.UNKNOWN_SERVER_ERROR.code);
    if (state === undefined || error !== errors.NONE) return this.#fail(error);
    const startOffset =
      state.startOffset === NO_START_OFFSET
        ? resetOffset(partition, settings().autoOffsetReset, clock.now())
        : state.startOffset;
    this.#stateEpoch = state.stateEpoch;
    this.#records = SharePartition.restore(startOffset, state.stateBatches);
    if (this.#records === null) this.#fail(errors.UNKNOWN_SERVER_ERROR);
    else this.#notify();
  }

  #fail(error: KafkaError): void {
    this.#failure = error;
    this.#options.onFenced();
    this.fence();
  }

  async #persist(write: StateWrite): Promise<KafkaError> {
    const { groupId, store, partition } = this.#options;
    const { startOffset, deliveryCompleteCount, batches } = write;
    const state = {
      partition: partition.index,
      stateEpoch: this.#stateEpoch,
      leaderEpoch: this.leaderEpoch,
      startOffset,
      deliveryCompleteCount,
      stateBatches: [...batches],
    };
    const { results } = await store.writeState({
      groupId,
      topics: [{ topicId: partition.topicId, partitions: [state] }],
    });
    const code = results[0]?.partitions[0]?.errorCode ?? errors.UNKNOWN_SERVER_ERROR.code;
    const error = clientError(code);
    this.#records!.settle(write.id, error === errors.NONE, this.#moment());
    if (fencing.has(error)) {
      this.#options.onFenced();
      this.fence();
    } else {
      this.#watchLocks();
      this.#notify();
    }
    return error;
  }

  #moment() {
    const { clock, settings } = this.#options;
    const share = settings();
    return {
      nowMs: clock.monotonic(),
      limits: {
        maxRecordLocks: share.partitionMaxRecordLocks,
        maxDeliveryCount: share.deliveryCountLimit,
        lockDurationMs: share.recordLockDurationMs,
        renewable: share.renewAcknowledgeEnable,
      },
    };
  }

  /** One timer for all locks, at the earliest time at which one of them may end. */
  #watchLocks(): void {
    const dueMs = this.#records!.nextDeadlineMs;
    if (this.#fenced || dueMs >= this.#timerDueMs) return;
    this.#timer?.cancel();
    this.#timerDueMs = dueMs;
    const { clock } = this.#options;
    const delayMs = Math.max(1, Math.ceil(dueMs - clock.monotonic()));
    this.#timer = clock.setTimer(delayMs, () => this.#expire());
  }

  #expire(): void {
    this.#timer = null;
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    const write = this.#records!.expire(this.#moment());
    this.#watchLocks();
    if (write === null) return;
    this.#notify();
    void this.#persist(write);
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** After these another broker, or nobody, has the partition for this group. */
const fencing: ReadonlySet<KafkaError> = new Set([
  errors.NOT_LEADER_OR_FOLLOWER,
  errors.GROUP_ID_NOT_FOUND,
  errors.UNKNOWN_TOPIC_OR_PARTITION,
]);

/** What a client is told of an answer of the share coordinator. */
function clientError(code: number): KafkaError {
  const error = errorOf(code);
  switch (error) {
    case errors.NONE:
    case errors.GROUP_ID_NOT_FOUND:
    case errors.UNKNOWN_TOPIC_OR_PARTITION:
      return error;
    case errors.NOT_COORDINATOR:
    case errors.COORDINATOR_NOT_AVAILABLE:
    case errors.COORDINATOR_LOAD_IN_PROGRESS:
      return errors.COORDINATOR_NOT_AVAILABLE;
    case errors.FENCED_LEADER_EPOCH:
    case errors.FENCED_STATE_EPOCH:
      return errors.NOT_LEADER_OR_FOLLOWER;
    default:
      return errors.UNKNOWN_SERVER_ERROR;
  }
}
