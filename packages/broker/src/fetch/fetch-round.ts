import { isFailure, type ReadData } from '@tidelog/log';
import type { RequestContext } from '@tidelog/network';
import type { Piece } from '@tidelog/platform';
import { errors, type KafkaError, type RequestOf } from '@tidelog/protocol';
import type { LeaderHints } from '../handlers/leader-hints.ts';
import type { Partition } from '../partition/partition.ts';
import type { BrokerServices } from '../services.ts';
import type { PartitionResponse } from './fetch-session.ts';
import type { FetchTarget } from './fetch-target.ts';

/** First version in which topics are named by id. */
const TOPIC_ID_VERSION = 13;
const READ_COMMITTED = 1;
/** Reads up to the log's end without being a replica: Kafka's debugging consumer. */
const DEBUGGING_CONSUMER = -2;

export interface FetchResult {
  readonly target: FetchTarget;
  readonly response: PartitionResponse;
  readonly sizeBytes: number;
}

/** Adds in place, but to what is empty: that gets room for 17 when it is pushed to, and most fetches need one. */
export function withOneMore<T>(list: T[], element: T): T[] {
  if (list.length === 0) return [element];
  list.push(element);
  return list;
}

/** One pass over all partitions of a fetch. */
export class FetchRound {
  results: FetchResult[] = [];
  /** Those that could be read, for whoever waits for more. */
  partitions: Partition[] = [];
  /** What was read, which the log takes back when it is sent. */
  records: Piece[] = [];
  readonly maxBytes: number;
  /** The reader wants only what is decided (read_committed). */
  readonly committed: boolean;
  sizeBytes = 0;
  /** Something must be said at once: an error, or a diverged log. */
  mustAnswer = false;
  readonly #request: RequestOf<'Fetch'>;
  readonly #context: RequestContext;
  readonly #broker: BrokerServices;
  readonly #hints: LeaderHints;

  constructor(
    request: RequestOf<'Fetch'>,
    context: RequestContext,
    broker: BrokerServices,
    hints: LeaderHints,
  ) {
    this.#request = request;
    this.#context = context;
    this.#broker = broker;
    this.#hints = hints;
    this.committed = request.isolationLevel === READ_COMMITTED;
    this.maxBytes = Math.min(request.maxBytes, broker.config.getInt('fetch.max.bytes'));
  }

  read(targets: Iterable<FetchTarget>): this {
    for (const target of targets) {
      const found = this.#find(target);
      const result = 'code' in found ? this.#refuse(target, found) : this.#read(target, found);
      this.results = withOneMore(this.results, result);
    }
    return this;
  }

  #find(target: FetchTarget): Partition | KafkaError {
    const { topics } = this.#broker.metadata.image;
    if (this.#context.apiVersion >= TOPIC_ID_VERSION) {
      // A topic that is deleted and created again has another id: never read the wrong one.
      const topic = topics.byId(target.topicId);
      if (topic === undefined) return errors.UNKNOWN_TOPIC_ID;
      target.topic = topic.name;
    }
    const found = this.#broker.partitions.find(target.topic, target.index);
    if ('code' in found) return found;
    if (this.#replicaId() >= 0) return errors.NOT_LEADER_OR_FOLLOWER;
    const refused = found.checkLeader(target.currentLeaderEpoch);
    return refused === errors.NONE ? found : refused;
  }

  #replicaId(): number {
    const { replicaId, replicaState } = this.#request;
    return this.#context.apiVersion >= 15 ? replicaState.replicaId : replicaId;
  }

  #read(target: FetchTarget, partition: Partition): FetchResult {
    const diverging = this.#divergingEpoch(target, partition);
    if (diverging !== null && 'code' in diverging) {
      return this.#refuse(target, diverging, partition);
    }
    if (diverging !== null) {
      this.mustAnswer = true;
      const response = this.#describe(target, partition);
      return { target, response: { ...response, divergingEpoch: diverging }, sizeBytes: 0 };
    }
    const { committed } = this;
    const room = Math.max(0, this.maxBytes - this.sizeBytes);
    const data = partition.readToSend(target.fetchOffset, {
      maxBytes: Math.max(0, Math.min(room, target.maxBytes)),
      maxOffset: this.#maxOffset(partition, committed),
      minOneMessage: this.sizeBytes === 0,
      abortedTransactions: committed,
    });
    if (isFailure(data)) return this.#refuse(target, data.error, partition);
    this.sizeBytes += data.sizeBytes;
    for (const bytes of data.records) this.records = withOneMore(this.records, bytes);
    this.partitions = withOneMore(this.partitions, partition);
    return {
      target,
      response: this.#describe(target, partition, data),
      sizeBytes: data.sizeBytes,
    };
  }

  /** A partition with what was read of it, if anything was. */
  #describe(
    target: FetchTarget,
    { highWatermark, log }: Partition,
    data: ReadData<Piece> | null = null,
  ): PartitionResponse {
    return {
      partitionIndex: target.index,
      errorCode: errors.NONE.code,
      highWatermark,
      lastStableOffset: log.lastStableOffset,
      logStartOffset: log.logStartOffset,
      abortedTransactions: data !== null && this.committed ? data.abortedTransactions : null,
      records: data?.records ?? [],
    };
  }

  #maxOffset(partition: Partition, committed: boolean): number {
    if (this.#replicaId() === DEBUGGING_CONSUMER) return partition.log.logEndOffset;
    return committed ? partition.log.lastStableOffset : partition.highWatermark;
  }

  /** Where the logs part, when what the client has read is not in this log any more (KIP-595). */
  #divergingEpoch(
    { fetchOffset, lastFetchedEpoch }: FetchTarget,
    { log }: Partition,
  ): { epoch: number; endOffset: number } | KafkaError | null {
    if (lastFetchedEpoch < 0) return null;
    const end = log.endOffsetForEpoch(lastFetchedEpoch);
    if (end === null) return errors.OFFSET_OUT_OF_RANGE;
    const diverged = end.leaderEpoch < lastFetchedEpoch || end.endOffset < fetchOffset;
    return diverged ? { epoch: end.leaderEpoch, endOffset: end.endOffset } : null;
  }

  #refuse(target: FetchTarget, error: KafkaError, partition?: Partition): FetchResult {
    this.mustAnswer = true;
    const misplaced =
      error === errors.NOT_LEADER_OR_FOLLOWER || error === errors.FENCED_LEADER_EPOCH;
    const currentLeader =
      misplaced && this.#context.apiVersion >= 16
        ? this.#hints.leaderOf(target.topic, target.index)
        : undefined;
    const known =
      partition === undefined
        ? { highWatermark: -1, lastStableOffset: -1, logStartOffset: -1 }
        : this.#describe(target, partition);
    const response: PartitionResponse = {
      ...known,
      partitionIndex: target.index,
      errorCode: error.code,
      abortedTransactions: null,
      records: [],
      ...(currentLeader !== undefined && { currentLeader }),
    };
    return { target, response, sizeBytes: 0 };
  }
}
