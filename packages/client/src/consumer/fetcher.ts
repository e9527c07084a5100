import { errors, type ResponseOutput, ZERO_UUID } from '@tidelog/protocol';
import { asClientError, brokerError, isRetriable, type KafkaClientError } from '../client-error.ts';
import type { Cluster, Lane } from '../cluster/cluster.ts';
import type { Decoders } from '../serde/decoders.ts';
import { sleep } from '../cluster/waiting.ts';
import { consumeChannel } from '../diagnostics/channels.ts';
import { tellConsumed } from '../diagnostics/record-events.ts';
import { keyOf } from '../topic-partition.ts';
import type { ConsumerSettings } from './consumer-settings.ts';
import { sendFetch, targetOf } from './fetch-request.ts';
import { FetchedRecords } from './fetched-records.ts';
import { FetchSession, type FetchTarget } from './machines/fetch-session.ts';
import { outOfRange, truncated } from './lost-position.ts';
import type { PartitionState } from './partition-state.ts';

type PartitionResponse = ResponseOutput<'Fetch'>['responses'][number]['partitions'][number];

/** A partition in a request, and what tells whether the answer is still wanted. */
interface Asked {
  readonly state: PartitionState;
  readonly fence: number;
  readonly target: FetchTarget;
}

/** A broker that does not answer holds up the end of a consumer no longer than this. */
const END_TIMEOUT_MS = 1000;

/** What is known of one broker. */
interface Source {
  readonly session: FetchSession;
  /** A request is under way, for at most so many bytes; null where none is. */
  reservedBytes: number | null;
}

/**
 * Fetches ahead: one request at a time to each broker, for the partitions of which not enough is there
 * yet. What is there and what is asked for stays below `prefetchBytes`, but for a batch that alone is
 * larger. A broker may name a replica nearby to read from (KIP-392), for as long as metadata is good.
 */
export class Fetcher {
  readonly #cluster: Cluster;
  readonly #settings: ConsumerSettings;
  readonly #decoders: Decoders;
  readonly #lane: Lane;
  readonly #onArrival: () => void;
  readonly #sources = new Map<number, Source>();
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
  }) {
    this.#cluster = options.cluster;
    this.#settings = options.settings;
    this.#decoders = options.decoders;
    this.#lane = options.lane;
    this.#onArrival = options.onArrival;
  }

  close(): void {
    this.#closed = true;
  }

  /** Ends the sessions, so that the brokers have room for those of others; as far as it is quickly done. */
  async endSessions(): Promise<void> {
    const inTime = sleep(this.#cluster.platform.clock, END_TIMEOUT_MS);
    const ended = Promise.all(
      Array.from(this.#sources, async ([node, { session }]) => {
        const request = session.close();
        if (request === null || this.#cluster.metadata.broker(node) === undefined) return;
        // On the lane of the fetches it would wait behind the one that is under way.
        const to = { node, lane: `${this.#lane}-end` };
        const sent = sendFetch(this.#cluster, this.#settings, to, {
          ...request,
          maxBytes: 0,
          byIds: true,
        });
        await sent.catch(() => {}); // the broker forgets it in time
      }),
    );
    await Promise.race([ended, inTime]);
    this.#cluster.closeLane(`${this.#lane}-end`);
  }

  /** Sends what can be sent. */
  pump(states: Iterable<PartitionState>): void {
    const now = this.#cluster.platform.clock.monotonic();
    const byNode = new Map<number, PartitionState[]>();
    const leaderless = new Set<string>();
    let takenBytes = 0;
    for (const { reservedBytes } of this.#sources.values()) takenBytes += reservedBytes ?? 0;
    for (const state of states) {
      takenBytes += state.bufferedBytes;
      if (!this.#wants(state, now)) continue;
      const node = this.#nodeFor(state, now);
      if (node === null) leaderless.add(state.topic);
      else if (this.#sourceOf(node).reservedBytes === null) {
        const list = byNode.get(node);
        if (list === undefined) byNode.set(node, [state]);
        else list.push(state);
      }
    }
    if (leaderless.size > 0) this.#refresh(leaderless);
    const freeBytes = this.#settings.prefetchBytes - takenBytes;
    if (freeBytes <= 0 || this.#closed) return;
    const { fetchMaxBytes } = this.#settings;
    const maxBytes = Math.min(fetchMaxBytes, Math.ceil(freeBytes / byNode.size));
    for (const [node, states] of byNode) void this.#fetch(node, states, maxBytes);
  }

  #wants(state: PartitionState, now: number): boolean {
    const { id = null } = this.#cluster.metadata.topic(state.topic) ?? {};
    if (state.fetched.length > 0 && state.isOfAnother(id ?? ZERO_UUID)) return false;
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

  /** The replica that the leader has named, or the leader; null while there is none. */
  #nodeFor(state: PartitionState, now: number): number | null {
    const { metadata } = this.#cluster;
    const { replica } = state;
    if (replica !== null && (replica.until <= now || metadata.broker(replica.node) === undefined)) {
      state.replica = null;
    }
    if (state.replica !== null) return state.replica.node;
    const leader = metadata.partition(state.topic, state.partition)?.leader ?? -1;
    return leader < 0 ? null : leader;
  }

  #sourceOf(node: number): Source {
    let source = this.#sources.get(node);
    if (source === undefined) {
      source = { session: new FetchSession(), reservedBytes: null };
      this.#sources.set(node, source);
    }
    return source;
  }

  async #fetch(node: number, states: readonly PartitionState[], maxBytes: number): Promise<void> {
    const asked = states.map((state): Asked => {
      state.fetching = true;
      return { state, fence: state.fence, target: targetOf(this.#cluster, state) };
    });
    const targets = asked.map(({ target }) => target);
    const source = this.#sourceOf(node);
    source.reservedBytes = maxBytes;
    try {
      const byIds = targets.every(({ topicId }) => topicId !== ZERO_UUID);
      const request = { ...source.session.next(targets), maxBytes, byIds };
      const to = { node, lane: this.#lane };
      const response = await sendFetch(this.#cluster, this.#settings, to, request);
      source.session.answered(response);
      if (response.errorCode !== errors.NONE.code) throw brokerError(response.errorCode, 'fetch');
      this.#arrived(node, asked, response);
    } catch (error) {
      source.session.failed();
      this.#failed(asked, asClientError(error));
    } finally {
      source.reservedBytes = null;
      for (const { state } of asked) state.fetching = false;
    }
    if (!this.#closed) this.#onArrival();
  }

  #arrived(node: number, asked: readonly Asked[], response: ResponseOutput<'Fetch'>): void {
    const { metadata } = this.#cluster;
    const waiting = new Map(asked.map((entry) => [keyOf(entry.state), entry]));
    metadata.addBrokers(response.nodeEndpoints);
    for (const topic of response.responses) {
      const name = topic.topicId === ZERO_UUID ? topic.topic : metadata.nameOf(topic.topicId);
      for (const answer of topic.partitions) {
        const entry = waiting.get(`${name}-${answer.partitionIndex}`);
        if (entry === undefined || entry.fence !== entry.state.fence) continue;
        this.#take(entry, answer, node);
      }
    }
  }

  #take({ state, target }: Asked, answer: PartitionResponse, node: number): void {
    const moved = this.#heardOfLeader(target, answer.currentLeader);
    if (answer.preferredReadReplica >= 0) this.#prefer(state, answer.preferredReadReplica);
    const { code } = errors.OFFSET_OUT_OF_RANGE;
    if (answer.errorCode === code && state.replica?.node === node) {
      // A replica may hold less than the leader, who has the last word.
      this.#pause(state);
    } else if (answer.errorCode === errors.UNKNOWN_LEADER_EPOCH.code) {
      this.#pause(state); // the broker lags behind, not this client
    } else if (answer.errorCode === code) {
      outOfRange(state, this.#settings.autoOffsetReset);
    } else if (answer.errorCode !== errors.NONE.code && moved) {
      state.replica = null; // asks the new leader, without more ado (KIP-951)
    } else if (answer.errorCode !== errors.NONE.code) {
      this.#handle(state, brokerError(answer.errorCode, keyOf(state)));
    } else if (answer.divergingEpoch.epoch >= 0 || answer.divergingEpoch.endOffset >= 0) {
      truncated(state, answer.divergingEpoch, this.#settings.autoOffsetReset);
      this.#cluster.settings.logger.warn(
        `${keyOf(state)}: the log was truncated below what was read of it`,
        { offset: target.fetchOffset, ...answer.divergingEpoch },
      );
    } else {
      this.#keep(state, target, answer);
    }
  }

  /** A broker that is not known yet has to be found first: the leader would name it again and again. */
  #prefer(state: PartitionState, node: number): void {
    const { metadata, platform, settings } = this.#cluster;
    if (metadata.broker(node) === undefined) {
      this.#pause(state);
      this.#refresh(new Set([state.topic]));
      return;
    }
    state.replica = { node, until: platform.clock.monotonic() + settings.metadataMaxAgeMs };
  }

  /** True where a newer leader is known now than when it was asked. */
  #heardOfLeader(
    { topic, partition, currentLeaderEpoch }: FetchTarget,
    { leaderId, leaderEpoch }: PartitionResponse['currentLeader'],
  ): boolean {
    const { metadata } = this.#cluster;
    if (leaderId >= 0) metadata.moveLeader(topic, partition, leaderId, leaderEpoch);
    return (metadata.partition(topic, partition)?.leaderEpoch ?? -1) > currentLeaderEpoch;
  }

  #keep(state: PartitionState, target: FetchTarget, answer: PartitionResponse): void {
    const { checkCrcs, groupId, isolationLevel, maxDecompressedBytes } = this.#settings;
    const onlyCommitted = isolationLevel === 'read_committed';
    state.highWatermark = answer.highWatermark;
    state.endOffset = onlyCommitted ? answer.lastStableOffset : answer.highWatermark;
    state.logStartOffset = answer.logStartOffset;
    if (answer.records === null || answer.records.length === 0) return;
    const records = new FetchedRecords(placeOf(state), answer.records, {
      startOffset: target.fetchOffset,
      maxDecompressedBytes,
      checkCrcs,
      abortedTransactions: onlyCommitted ? (answer.abortedTransactions ?? []) : null,
      decoder: this.#decoders.of(state.topic),
    });
    if (records.sizeBytes === 0) return;
    state.fetched.push(records);
    state.bufferedBytes += records.sizeBytes;
    if (!consumeChannel.hasSubscribers) return;
    tellConsumed(this.#cluster, groupId, {
      ...placeOf(state),
      offset: target.fetchOffset,
      nextOffset: records.endOffset,
      highWatermark: answer.highWatermark,
      batches: answer.records,
    });
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
    this.#pause(state);
    this.#refresh(new Set([state.topic]));
  }

  /** Asks the leader, a little later. */
  #pause(state: PartitionState): void {
    const { clock } = this.#cluster.platform;
    const pauseMs = this.#cluster.settings.retryBackoff.initialMs;
    state.replica = null;
    state.retryAt = clock.monotonic() + pauseMs;
    clock.setTimer(pauseMs, () => this.#onArrival());
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
