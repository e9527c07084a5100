import {
  BatchBuilder,
  type RequestOf,
  type ResponseOf,
  setBatchBaseOffset,
} from '@tidelog/protocol';
import { createClient } from '../client.ts';
import { ScriptedBroker } from '../testing/scripted-broker.ts';
import type { AcknowledgementOutcome, ShareConsumerOptions } from './share-settings.ts';

type Partition = ResponseOf<'ShareFetch'>['responses'][number]['partitions'][number];
type Acknowledgements = RequestOf<'ShareAcknowledge'>['topics'];

export const TOPIC_ID = 'AH2wIO8ZSpa_xIcUNk3hfA';
const SHARE_SESSION_NOT_FOUND = 122;
const INVALID_SHARE_SESSION_EPOCH = 123;
const LOCK_TIMEOUT_MS = 30_000;

/** What the next fetch that asks for records gives of partition 0. */
export interface Delivery {
  readonly firstOffset: number;
  readonly values: readonly string[];
  readonly deliveryCount?: number;
  /** The acquired ranges, where they are not all of the records. */
  readonly acquired?: readonly (readonly [first: number, last: number])[];
  readonly corrupt?: boolean;
}

/** One broker with a share group of one member: keeps the session as a broker does, and tells of it. */
export class ShareScript {
  readonly broker = new ScriptedBroker();
  readonly deliveries: Delivery[] = [];
  /** What was said of offsets, in the order in which it came. */
  readonly acknowledged: string[] = [];
  readonly outcomes: AcknowledgementOutcome[] = [];
  /** The partitions of the session. */
  readonly partitions = new Set<number>();
  assignment: number[] | null = [0];
  /** By which the next acknowledgements are refused. */
  acknowledgeError = 0;
  /** By which the next fetch of partition 0 is refused. */
  partitionError = 0;
  /** By which the next heartbeats are refused. */
  heartbeatErrors: number[] = [];
  heartbeatIntervalMs = 5000;
  #epoch: number | null = null;
  #memberEpoch = 0;

  constructor() {
    this.broker.topics.push({ name: 't', partitions: 2, id: TOPIC_ID });
    this.broker.on('FindCoordinator', () => ({
      errorCode: 0,
      nodeId: 1,
      host: 'broker',
      port: 9092,
    }));
    this.broker.on('ShareGroupHeartbeat', (request) => this.#heartbeat(request));
    this.broker.on('ShareFetch', (request) => this.#fetch(request));
    this.broker.on('ShareAcknowledge', (request) => this.#acknowledge(request));
  }

  get clock() {
    return this.broker.clock;
  }

  consumer(options: Partial<ShareConsumerOptions> = {}) {
    const client = createClient({
      bootstrapServers: 'broker:9092',
      platform: this.broker.platform,
    });
    const consumer = client.shareConsumer({
      groupId: 'g',
      onAcknowledged: (outcome) => this.outcomes.push(outcome),
      ...options,
    });
    consumer.subscribe('t');
    return consumer;
  }

  /** The broker knows nothing of the session any more. */
  forgetSession(): void {
    this.#epoch = null;
    this.partitions.clear();
  }

  #heartbeat({ memberEpoch }: RequestOf<'ShareGroupHeartbeat'>): ResponseOf<'ShareGroupHeartbeat'> {
    const errorCode = this.heartbeatErrors.shift() ?? 0;
    if (memberEpoch >= 0) this.#memberEpoch++;
    return {
      errorCode,
      memberId: 'm',
      memberEpoch: this.#memberEpoch,
      heartbeatIntervalMs: this.heartbeatIntervalMs,
      assignment:
        this.assignment === null
          ? null
          : { topicPartitions: [{ topicId: TOPIC_ID, partitions: this.assignment }] },
    };
  }

  /** Counts the epochs of the session; gives the error of a request that does not fit. */
  #session(epoch: number): number {
    if (epoch === 0) {
      this.partitions.clear();
      this.#epoch = 0;
    } else if (this.#epoch === null) {
      return SHARE_SESSION_NOT_FOUND;
    } else if (epoch > 0 && epoch !== this.#epoch) {
      return INVALID_SHARE_SESSION_EPOCH;
    }
    this.#epoch = epoch === -1 ? null : this.#epoch + 1;
    return 0;
  }

  async #fetch(request: RequestOf<'ShareFetch'>): Promise<ResponseOf<'ShareFetch'>> {
    const base = { acquisitionLockTimeoutMs: LOCK_TIMEOUT_MS, nodeEndpoints: [] };
    const errorCode = this.#session(request.shareSessionEpoch);
    if (errorCode !== 0) return { ...base, errorCode, responses: [] };
    for (const { partitions } of request.topics) {
      for (const { partitionIndex } of partitions) this.partitions.add(partitionIndex);
    }
    for (const { partitions } of request.forgottenTopicsData) {
      for (const index of partitions) this.partitions.delete(index);
    }
    const acknowledgeErrorCode = this.#note(request.topics);
    const { maxWaitMs } = request;
    if (this.deliveries.length === 0 && this.partitionError === 0 && maxWaitMs > 0) {
      await new Promise<void>((resolve) => this.clock.setTimer(maxWaitMs, resolve));
    }
    const partition = this.#partition(request.maxRecords > 0 && this.partitions.has(0));
    const partitions = [{ ...partition, acknowledgeErrorCode }];
    return { ...base, errorCode: 0, responses: [{ topicId: TOPIC_ID, partitions }] };
  }

  #partition(reads: boolean): Omit<Partition, 'acknowledgeErrorCode'> {
    const delivery = reads ? this.deliveries.shift() : undefined;
    const errorCode = reads ? this.partitionError : 0;
    this.partitionError = 0;
    const base = {
      partitionIndex: 0,
      errorCode,
      currentLeader: { leaderId: 0, leaderEpoch: 0 },
    };
    if (delivery === undefined) return { ...base, records: null, acquiredRecords: [] };
    const { firstOffset, values, deliveryCount = 1 } = delivery;
    const all = [[firstOffset, firstOffset + values.length - 1]] as const;
    return {
      ...base,
      records: batch(delivery),
      acquiredRecords: (delivery.acquired ?? all).map(([firstOffset, lastOffset]) => ({
        firstOffset,
        lastOffset,
        deliveryCount,
      })),
    };
  }

  #acknowledge({
    shareSessionEpoch,
    topics,
  }: RequestOf<'ShareAcknowledge'>): ResponseOf<'ShareAcknowledge'> {
    const base = { acquisitionLockTimeoutMs: LOCK_TIMEOUT_MS, nodeEndpoints: [] };
    const refused = this.#session(shareSessionEpoch);
    if (refused !== 0) return { ...base, errorCode: refused, responses: [] };
    const errorCode = this.#note(topics);
    return {
      ...base,
      errorCode: 0,
      responses: topics.map(({ topicId, partitions }) => ({
        topicId,
        partitions: partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode,
          currentLeader: { leaderId: 0, leaderEpoch: 0 },
        })),
      })),
    };
  }

  #note(topics: Acknowledgements): number {
    const names = ['gap', 'accept', 'release', 'reject', 'renew'];
    const said = topics.flatMap(({ partitions }) =>
      partitions.flatMap(({ acknowledgementBatches }) =>
        acknowledgementBatches.map(
          ({ firstOffset, lastOffset, acknowledgeTypes }) =>
            `${firstOffset}-${lastOffset} ${names[acknowledgeTypes[0]!]}`,
        ),
      ),
    );
    if (said.length === 0) return 0;
    this.acknowledged.push(...said);
    const errorCode = this.acknowledgeError;
    this.acknowledgeError = 0;
    return errorCode;
  }
}

function batch({ firstOffset, values, corrupt }: Delivery): Buffer {
  const builder = new BatchBuilder();
  for (const value of values) builder.append(0, null, value);
  const bytes = builder.finish();
  setBatchBaseOffset(bytes, 0, firstOffset);
  if (corrupt) bytes[bytes.length - 1]! ^= 1;
  return bytes;
}
