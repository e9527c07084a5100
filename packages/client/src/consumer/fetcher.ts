import { errors, type ResponseOutput, ZERO_UUID } from '@tidelog/protocol';
import { asClientError, brokerError, isRetriable, type KafkaClientError } from '../client-error.ts';
import type { Cluster, Lane } from '../cluster/cluster.ts';
import { isolationLevels } from '../cluster/list-offsets.ts';
import { byTopic, keyOf } from '../topic-partition.ts';
import type { ConsumerSettings } from './consumer-settings.ts';
import type { Decoders } from '../serde/decoders.ts';
import { consumeChannel } from '../diagnostics/channels.ts';
import { tellConsumed } from '../diagnostics/record-events.ts';
import { FetchedRecords } from './fetched-records.ts';
import type { PartitionState } from './partition-state.ts';

type PartitionResponse = ResponseOutput<'Fetch'>['responses'][number]['partitions'][number];

/** A partition in a request, and what tells whether the answer is still wanted. */
interface Asked {
  readonly state: PartitionState;
  readonly fence: number;
  readonly offset: number;
}

/** From this version on topics go by their ids. */
const TOPIC_ID_VERSION = 13;

/**
 * Fetches ahead: one request at a time to each broker, for the partitions of which not enough is there
 * yet, as long as all together stay below `prefetchBytes`.
 */
export class Fetcher {
  readonly #cluster: Cluster;
  readonly #settings: ConsumerSettings;
  readonly #decoders: Decoders;
  readonly #lane: Lane;
  readonly #onArrival: () => void;
  readonly #onOutOfRange: (state: PartitionState) => void;
  readonly #busy = new Set<number>();
  #refreshing = false;
  #closed = false;
  /** What ended the fetching of a partition for good; thrown where its messages are asked for. */
  failure: KafkaClientError | null = null;

  constructor(options: {
    cluster: Cluster;
    settings: ConsumerSettings;
    decoders: Decoders;
    lane: Lane;
    /** Something changed for those who wait for messages. */
    onArrival: () => void;
    /** The log does not hold the offset. */
    onOutOfRange: (state: PartitionState) => void;
  }) {
    this.#cluster = options.cluster;
    this.#settings = options.settings;
    this.#decoders = options.decoders;
    this.#lane = options.lane;
    this.#onArrival = options.onArrival;
    this.#onOutOfRange = options.onOutOfRange;
  }

  close(): void {
    this.#closed = true;
  }

  /** Sends what can be sent. */
  pump(states: Iterable<PartitionState>): void {
    const { clock } = this.#cluster.platform;
    const now = clock.monotonic();
    const byLeader = new Map<number, PartitionState[]>();
    const leaderless = new Set<string>();
    let buffered = 0;
    for (const state of states) {
      buffered += state.bufferedBytes;
      if (!this.#wants(state, now)) continue;
      const known = this.#cluster.metadata.partition(state.topic, state.partition);
      if (known === undefined || known.leader < 0) leaderless.add(state.topic);
      else if (!this.#busy.has(known.leader)) {
        byLeader.set(known.leader, [...(byLeader.get(known.leader) ?? []), state]);
      }
    }
    if (leaderless.size > 0) this.#refresh(leaderless);
    if (buffered >= this.#settings.prefetchBytes || this.#closed) return;
    for (const [node, states] of byLeader) void this.#fetch(node, states);
  }

  #wants(state: PartitionState, now: number): boolean {
    return (
      state.active &&
      !state.paused &&
      !state.fetching &&
      state.position !== null &&
      state.stuck === null &&
      state.retryAt <= now &&
      state.bufferedBytes < this.#settings.maxPartitionFetchBytes
    );
  }

  async #fetch(node: number, states: readonly PartitionState[]): Promise<void> {
    const asked = states.map((state): Asked => {
      state.fetching = true;
      return { state, fence: state.fence, offset: state.fetchOffset };
    });
    this.#busy.add(node);
    try {
      const response = await this.#send(node, asked);
      if (response.errorCode !== errors.NONE.code) throw brokerError(response.errorCode, 'fetch');
      this.#arrived(asked, response);
    } catch (error) {
      this.#failed(asked, asClientError(error));
    } finally {
      this.#busy.delete(node);
      for (const { state } of asked) state.fetching = false;
    }
    if (!this.#closed) this.#onArrival();
  }

  #send(node: number, asked: readonly Asked[]): Promise<ResponseOutput<'Fetch'>> {
    const { metadata } = this.#cluster;
    const { fetchMaxWaitMs, fetchMinBytes, fetchMaxBytes, maxPartitionFetchBytes } = this.#settings;
    const topics = Array.from(
      byTopic(asked.map(({ state, offset }) => ({ ...placeOf(state), offset }))),
      ([topic, partitions]) => ({
        topic,
        topicId: metadata.topic(topic)?.id ?? ZERO_UUID,
        partitions: partitions.map(({ partition, offset }) => ({
          partition,
          currentLeaderEpoch: metadata.partition(topic, partition)?.leaderEpoch ?? -1,
          fetchOffset: offset,
          partitionMaxBytes: maxPartitionFetchBytes,
        })),
      }),
    );
    const known = topics.every(({ topicId }) => topicId !== ZERO_UUID);
    return this.#cluster.send(
      { node, lane: this.#lane },
      'Fetch',
      {
        maxWaitMs: fetchMaxWaitMs,
        minBytes: fetchMinBytes,
        maxBytes: fetchMaxBytes,
        isolationLevel: isolationLevels[this.#settings.isolationLevel],
        topics,
        forgottenTopicsData: [],
      },
      {
        ...(known ? {} : { maxVersion: TOPIC_ID_VERSION - 1 }),
        timeoutMs: fetchMaxWaitMs + this.#cluster.settings.requestTimeoutMs,
      },
    );
  }

  #arrived(asked: readonly Asked[], response: ResponseOutput<'Fetch'>): void {
    const waiting = new Map(asked.map((entry) => [keyOf(entry.state), entry]));
    for (const topic of response.responses) {
      const name =
        topic.topicId === ZERO_UUID ? topic.topic : this.#cluster.metadata.nameOf(topic.topicId);
      for (const answer of topic.partitions) {
        const entry = waiting.get(`${name}-${answer.partitionIndex}`);
        if (entry === undefined || entry.fence !== entry.state.fence) continue;
        this.#take(entry, answer);
      }
    }
  }

  #take({ state, offset }: Asked, answer: PartitionResponse): void {
    const { leaderId, leaderEpoch } = answer.currentLeader;
    if (leaderId >= 0) {
      this.#cluster.metadata.moveLeader(state.topic, state.partition, leaderId, leaderEpoch);
    }
    if (answer.errorCode === errors.OFFSET_OUT_OF_RANGE.code) {
      this.#onOutOfRange(state);
    } else if (answer.errorCode !== errors.NONE.code) {
      this.#handle(state, brokerError(answer.errorCode, keyOf(state)));
    } else {
      state.highWatermark = answer.highWatermark;
      const isCommitted = this.#settings.isolationLevel === 'read_committed';
      state.endOffset = isCommitted ? answer.lastStableOffset : answer.highWatermark;
      state.logStartOffset = answer.logStartOffset;
      if (answer.records === null || answer.records.length === 0) return;
      const { checkCrcs, isolationLevel, maxDecompressedBytes } = this.#settings;
      const options = {
        startOffset: offset,
        maxDecompressedBytes,
        checkCrcs,
        abortedTransactions:
          isolationLevel === 'read_committed' ? (answer.abortedTransactions ?? []) : null,
        decoder: this.#decoders.of(state.topic),
      };
      const records = new FetchedRecords(placeOf(state), answer.records, options);
      if (records.sizeBytes === 0) return;
      state.fetched.push(records);
      state.bufferedBytes += records.sizeBytes;
      if (consumeChannel.hasSubscribers) {
        tellConsumed(this.#cluster, this.#settings.groupId, {
          ...placeOf(state),
          offset,
          nextOffset: records.endOffset,
          highWatermark: answer.highWatermark,
          batches: answer.records,
        });
      }
    }
  }

  #failed(asked: readonly Asked[], error: unknown): void {
    if (this.#closed) return;
    for (const { state, fence } of asked) {
      if (state.fence === fence) this.#handle(state, error as KafkaClientError);
    }
  }

  /** Tries again after a pause, with what the cluster says then; or gives up. */
  #handle(state: PartitionState, error: KafkaClientError): void {
    if (!isRetriable(error)) {
      this.failure ??= error;
      return;
    }
    const { clock } = this.#cluster.platform;
    const pauseMs = this.#cluster.settings.retryBackoff.initialMs;
    state.retryAt = clock.monotonic() + pauseMs;
    clock.setTimer(pauseMs, () => this.#onArrival());
    this.#refresh(new Set([state.topic]));
  }

  #refresh(topics: ReadonlySet<string>): void {
    if (this.#refreshing || this.#closed) return;
    this.#refreshing = true;
    const { clock } = this.#cluster.platform;
    const again = (): void => {
      clock.setTimer(this.#cluster.settings.retryBackoff.initialMs, () => {
        this.#refreshing = false;
        this.#onArrival();
      });
    };
    this.#cluster.refresh(topics).then(again, again);
  }
}

function placeOf({ topic, partition }: PartitionState): { topic: string; partition: number } {
  return { topic, partition };
}
