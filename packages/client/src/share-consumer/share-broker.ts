import type { Timer } from '@tidelog/platform';
import { errors, type RequestInput, type ResponseOutput } from '@tidelog/protocol';
import { asClientError, brokerError, KafkaClientError } from '../client-error.ts';
import { farewell } from '../cluster/broker-connection.ts';
import type { Cluster, Lane } from '../cluster/cluster.ts';
import { backoffMs } from '../cluster/waiting.ts';
import { tellAcquired } from '../diagnostics/share-events.ts';
import type { Decoders } from '../serde/decoders.ts';
import { readAcquired } from './acquired-records.ts';
import {
  type AcknowledgeType,
  batchesOf,
  hasRenewal,
  type PartitionAcknowledgements,
  PendingAcknowledgements,
  shareKeyOf,
  type SharePartition,
} from './machines/acknowledgements.ts';
import { FINAL_EPOCH, ShareSession } from './machines/share-session.ts';
import type { Acquired, Lease } from './share-message.ts';
import type { AcknowledgementOutcome, ShareSettings } from './share-settings.ts';

/** What a broker's answers do to the consumer. */
export interface ShareBrokerOwner {
  acquired(acquired: Acquired): void;
  acknowledged(outcome: AcknowledgementOutcome): void;
  /** What was acquired and not given out is no longer held. */
  lost(broker: ShareBroker): void;
  /** It does not answer: others may lead by now what it has led. */
  unreachable(broker: ShareBroker): void;
  /** What an answer says of who leads a partition (KIP-951). */
  heardOfLeader(partition: SharePartition, leader: CurrentLeader): void;
  /** The partition is not read here, or not now. True where another broker is known to lead it. */
  moved(broker: ShareBroker, partition: SharePartition): boolean;
  /** Ends the iteration with this error. */
  failed(error: KafkaClientError): void;
  lockTimeout(acquisitionLockTimeoutMs: number): void;
  /** A request is over. */
  changed(): void;
}

type FetchResponse = ResponseOutput<'ShareFetch'>;
type FetchedPartition = FetchResponse['responses'][number]['partitions'][number];
export type CurrentLeader = FetchedPartition['currentLeader'];
type AcknowledgedTopics = RequestInput<'ShareAcknowledge'>['topics'];

/** Acknowledgements that no fetch takes along wait no longer than this. */
const FLUSH_AFTER_MS = 1000;
/** The first version with the acquire mode; older ones would take whole batches. */
const ACQUIRE_MODE_VERSION = 2;

/**
 * The way of a share consumer to one broker: fetches with the acknowledgements of what came before, one
 * request at a time, because each carries the next epoch of the session.
 */
export class ShareBroker {
  readonly node: number;
  /** What to read here: the assigned partitions that this broker leads. */
  wanted: readonly SharePartition[] = [];
  readonly #cluster: Cluster;
  readonly #settings: ShareSettings;
  readonly #decoders: Decoders;
  readonly #memberId: string;
  readonly #lane: Lane;
  readonly #owner: ShareBrokerOwner;
  readonly #session = new ShareSession();
  readonly #pending = new PendingAcknowledgements();
  #busy: Promise<void> | null = null;
  #flushTimer: Timer | null = null;
  /** Those who wait for acknowledgements; fetches would keep them waiting without end. */
  #flushes = 0;
  #failures = 0;
  #retryAt = 0;

  constructor(options: {
    node: number;
    cluster: Cluster;
    settings: ShareSettings;
    decoders: Decoders;
    memberId: string;
    lane: Lane;
    owner: ShareBrokerOwner;
  }) {
    this.node = options.node;
    this.#cluster = options.cluster;
    this.#settings = options.settings;
    this.#decoders = options.decoders;
    this.#memberId = options.memberId;
    this.#lane = options.lane;
    this.#owner = options.owner;
  }

  /** There is something to ask this broker for, and it may be asked now. */
  get isReady(): boolean {
    if (this.#busy !== null || this.#flushes > 0) return false;
    if (this.#retryAt > this.#cluster.platform.clock.monotonic()) return false;
    return this.wanted.length > 0 || this.#session.differsFrom(this.wanted);
  }

  /** False where the session in which the records were acquired is gone, and the records with it. */
  holds({ generation }: Lease): boolean {
    const { phase, generation: current } = this.#session;
    return generation === current && phase !== 'ended';
  }

  /** To be sent with the next request, or soon without one. */
  acknowledge(lease: Lease, offset: number, type: AcknowledgeType): void {
    if (!this.holds(lease)) {
      const error = brokerError(errors.SHARE_SESSION_NOT_FOUND.code, subjectOf(lease.partition));
      this.#tell(lease.partition, [offset], error);
      return;
    }
    this.#pending.add(lease.partition, offset, type);
    const { clock } = this.#cluster.platform;
    const delayMs = type === 'renew' ? 0 : FLUSH_AFTER_MS;
    if (type === 'renew') this.#flushTimer?.cancel();
    else if (this.#flushTimer !== null) return;
    this.#flushTimer = clock.setTimer(delayMs, () => void this.flush());
  }

  /** Asks for records, and takes along what is to be acknowledged. */
  fetch(): void {
    this.#busy ??= this.#alone(() => this.#fetch());
  }

  /** Resolves when all that was to be acknowledged is answered. */
  async flush(): Promise<void> {
    this.#stopFlushTimer();
    this.#flushes++;
    while (this.#busy !== null) await this.#busy;
    if (!this.#pending.isEmpty) {
      this.#busy = this.#alone(() => this.#acknowledge(this.#pending.take()));
      await this.#busy;
    }
    this.#flushes--;
    this.#owner.changed();
  }

  /** Sends what is left, and ends the session: the broker gives back what is still held. */
  async close(): Promise<void> {
    this.#stopFlushTimer();
    while (this.#busy !== null) await this.#busy;
    if (this.#session.phase !== 'open') return;
    this.#session.ended();
    await this.#acknowledge(this.#pending.take());
  }

  #stopFlushTimer(): void {
    this.#flushTimer?.cancel();
    this.#flushTimer = null;
  }

  async #alone(request: () => Promise<void>): Promise<void> {
    try {
      await request();
    } finally {
      this.#busy = null;
    }
    this.#owner.changed();
  }

  async #fetch(): Promise<void> {
    this.#stopFlushTimer();
    const acknowledgements = this.#pending.take();
    // What a fetch names, it asks for too; and a request that renews locks does nothing else (KIP-1222).
    const wanted = new Set(this.wanted.map(shareKeyOf));
    const isOfOthers = acknowledgements.some(({ partition }) => !wanted.has(shareKeyOf(partition)));
    if (isOfOthers || hasRenewal(acknowledgements)) return this.#acknowledge(acknowledgements);
    const request = this.#fetchRequest(acknowledgements);
    const { requestTimeoutMs } = this.#cluster.settings;
    try {
      const response = await this.#cluster.send(
        { node: this.node, lane: this.#lane },
        'ShareFetch',
        request,
        {
          timeoutMs: request.maxWaitMs + requestTimeoutMs,
          ...(this.#settings.recordLimit ? { minVersion: ACQUIRE_MODE_VERSION } : {}),
        },
      );
      checkAnswer(response, this.node);
      this.#session.answered();
      this.#failures = 0;
      this.#owner.lockTimeout(response.acquisitionLockTimeoutMs);
      this.#fetched(response, acknowledgements);
    } catch (error) {
      this.#lose(error, acknowledgements);
    }
  }

  #fetchRequest(acknowledgements: readonly PartitionAcknowledgements[]) {
    const settings = this.#settings;
    const { epoch, added, forgotten } = this.#session.plan(this.wanted);
    // A request that only says what is no longer wanted does not wait for records.
    const reads = this.wanted.length > 0;
    return {
      groupId: settings.groupId,
      memberId: this.#memberId,
      shareSessionEpoch: epoch,
      maxWaitMs: reads ? settings.fetchMaxWaitMs : 0,
      minBytes: reads ? settings.fetchMinBytes : 0,
      maxBytes: reads ? settings.fetchMaxBytes : 0,
      maxRecords: reads ? settings.maxPollRecords : 0,
      batchSize: reads ? settings.maxPollRecords : 0,
      shareAcquireMode: settings.recordLimit ? 1 : 0,
      topics: topicsOf(added, acknowledgements),
      forgottenTopicsData: topicsOf(forgotten, []).map(({ topicId, partitions }) => ({
        topicId,
        partitions: partitions.map(({ partitionIndex }) => partitionIndex),
      })),
    };
  }

  #fetched(response: FetchResponse, acknowledgements: readonly PartitionAcknowledgements[]): void {
    const codes = new Map<string, Refusal>();
    const wanted = new Map(this.wanted.map((partition) => [shareKeyOf(partition), partition]));
    this.#cluster.metadata.addBrokers(response.nodeEndpoints);
    for (const { topicId, partitions } of response.responses) {
      for (const answer of partitions) {
        const key = shareKeyOf({ topicId, partition: answer.partitionIndex });
        codes.set(key, [answer.acknowledgeErrorCode, answer.acknowledgeErrorMessage]);
        const partition = wanted.get(key);
        if (partition === undefined) continue;
        if (answer.errorCode === errors.NONE.code) this.#take(partition, answer, response);
        else this.#refused(partition, answer);
      }
    }
    this.#tellAll(acknowledgements, codes);
  }

  #take(partition: SharePartition, answer: FetchedPartition, response: FetchResponse): void {
    const { generation } = this.#session;
    const { maxDecompressedBytes, groupId } = this.#settings;
    const decoder = this.#decoders.of(partition.topic);
    const { records, gaps } = readAcquired(partition, answer, { maxDecompressedBytes, decoder });
    for (const offset of gaps) this.#pending.add(partition, offset, 'gap');
    if (records.length === 0) return;
    tellAcquired(this.#cluster, groupId, partition, answer);
    const lockedUntil =
      this.#cluster.platform.clock.monotonic() + response.acquisitionLockTimeoutMs;
    const lease = { broker: this, partition, generation };
    this.#owner.acquired({ ...lease, unseen: records, messages: [], lockedUntil });
  }

  #refused(partition: SharePartition, answer: FetchedPartition): void {
    const error = brokerError(answer.errorCode, subjectOf(partition), answer.errorMessage);
    if (!error.retriable) this.#owner.failed(error);
    this.#owner.heardOfLeader(partition, answer.currentLeader);
    if (!this.#owner.moved(this, partition)) this.#pause();
  }

  async #acknowledge(acknowledgements: readonly PartitionAcknowledgements[]): Promise<void> {
    const { epoch } = this.#session;
    const { groupId } = this.#settings;
    const request = {
      groupId,
      memberId: this.#memberId,
      shareSessionEpoch: epoch,
      isRenewAck: hasRenewal(acknowledgements),
      topics: topicsOf([], acknowledgements),
    };
    try {
      const target = { node: this.node, lane: this.#lane };
      const options = epoch === FINAL_EPOCH ? farewell : {};
      const response = await this.#cluster.send(target, 'ShareAcknowledge', request, options);
      checkAnswer(response, this.node);
      if (epoch !== FINAL_EPOCH) this.#session.answered();
      this.#acknowledged(response, acknowledgements);
    } catch (error) {
      this.#lose(error, acknowledgements);
    }
  }

  #acknowledged(
    response: ResponseOutput<'ShareAcknowledge'>,
    acknowledgements: readonly PartitionAcknowledgements[],
  ): void {
    const codes = new Map<string, Refusal>();
    const named = new Map(
      acknowledgements.map(({ partition }) => [shareKeyOf(partition), partition]),
    );
    this.#cluster.metadata.addBrokers(response.nodeEndpoints);
    for (const { topicId, partitions } of response.responses) {
      for (const { partitionIndex, errorCode, errorMessage, currentLeader } of partitions) {
        const key = shareKeyOf({ topicId, partition: partitionIndex });
        codes.set(key, [errorCode, errorMessage]);
        const partition = named.get(key);
        if (errorCode === errors.NONE.code || partition === undefined) continue;
        this.#owner.heardOfLeader(partition, currentLeader);
      }
    }
    this.#tellAll(acknowledgements, codes);
  }

  /** Nobody knows what the broker has heard: the next request begins a session anew. */
  #lose(cause: unknown, acknowledgements: readonly PartitionAcknowledgements[]): void {
    const error = asClientError(cause);
    if (!(error instanceof KafkaClientError)) throw error;
    this.#session.lost();
    this.#owner.lost(this);
    for (const { partition, types } of [...acknowledgements, ...this.#pending.take()]) {
      this.#tell(partition, recordsOf(types), error);
    }
    this.#pause();
    if (isOfSession(error)) return;
    if (error.retriable) this.#owner.unreachable(this);
    else this.#owner.failed(error);
  }

  #pause(): void {
    const { clock, random } = this.#cluster.platform;
    const delayMs = backoffMs(random, this.#cluster.settings.retryBackoff, this.#failures++);
    this.#retryAt = clock.monotonic() + delayMs;
    clock.setTimer(delayMs, () => this.#owner.changed());
  }

  #tellAll(
    acknowledgements: readonly PartitionAcknowledgements[],
    codes: ReadonlyMap<string, Refusal>,
  ): void {
    for (const { partition, types } of acknowledgements) {
      const [code, message] = codes.get(shareKeyOf(partition)) ?? LEFT_OUT;
      const isDone = code === errors.NONE.code;
      const error = isDone ? null : brokerError(code, subjectOf(partition), message);
      this.#tell(partition, recordsOf(types), error);
    }
  }

  #tell(
    partition: SharePartition,
    offsets: Iterable<number>,
    error: KafkaClientError | null,
  ): void {
    const { topic, partition: number } = partition;
    const sorted = [...offsets].sort((a, b) => a - b);
    this.#owner.acknowledged({ topic, partition: number, offsets: sorted, error });
  }
}

type Refusal = readonly [code: number, message: string | null];

const LEFT_OUT: Refusal = [
  errors.UNKNOWN_SERVER_ERROR.code,
  'the broker left the acknowledgements out of its answer',
];

/** The offsets of which the consumer's user has heard. */
function recordsOf(types: PartitionAcknowledgements['types']): number[] {
  const offsets = [...types].flatMap(([offset, type]) => (type === 'gap' ? [] : [offset]));
  return offsets.sort((a, b) => a - b);
}

function subjectOf({ topic, partition }: SharePartition): string {
  return `${topic}-${partition}`;
}

/** Errors that a new session heals. */
function isOfSession({ code }: KafkaClientError): boolean {
  return [
    errors.SHARE_SESSION_NOT_FOUND.name,
    errors.INVALID_SHARE_SESSION_EPOCH.name,
    errors.SHARE_SESSION_LIMIT_REACHED.name,
    errors.UNKNOWN_MEMBER_ID.name,
  ].includes(code);
}

function checkAnswer(
  { errorCode, errorMessage }: { errorCode: number; errorMessage: string | null },
  node: number,
): void {
  if (errorCode === errors.NONE.code) return;
  throw brokerError(errorCode, `share session with broker ${node}`, errorMessage);
}

function topicsOf(
  partitions: readonly SharePartition[],
  acknowledgements: readonly PartitionAcknowledgements[],
): AcknowledgedTopics[number][] {
  const batches = new Map(
    acknowledgements.map(({ partition, types }) => [
      shareKeyOf(partition),
      { partition, batches: batchesOf(types) },
    ]),
  );
  for (const partition of partitions) {
    const key = shareKeyOf(partition);
    if (!batches.has(key)) batches.set(key, { partition, batches: [] });
  }
  const topics = new Map<string, AcknowledgedTopics[number]['partitions'][number][]>();
  for (const { partition, batches: acknowledgementBatches } of batches.values()) {
    const list = topics.get(partition.topicId) ?? [];
    list.push({ partitionIndex: partition.partition, acknowledgementBatches });
    topics.set(partition.topicId, list);
  }
  return Array.from(topics, ([topicId, partitions]) => ({ topicId, partitions }));
}
