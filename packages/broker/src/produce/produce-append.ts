import { type AppendResult, isFailure, type LogFailure, type Verified } from '@tidelog/log';
import type { RequestContext } from '@tidelog/network';
import { errors, type KafkaError, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import { LeaderHints } from '../handlers/leader-hints.ts';
import { isInternalTopic } from '../config/internal-topics.ts';
import type { Partition } from '../partition/partition.ts';
import type { BrokerServices } from '../services.ts';

type Answer = ResponseOf<'Produce'>;
/** With acks 0 there is no answer. */
export type Produced = Answer | undefined;
type Topic = RequestOf<'Produce'>['topicData'][number];
export type PartitionData = Topic['partitionData'][number];
type PartitionResponse = Answer['responses'][number]['partitionResponses'][number];

/** What the coordinator has said of a partition's batch; nothing where it was not asked. */
export type Verifications = ReadonlyMap<
  PartitionData,
  { readonly verified: Verified } | LogFailure
>;

/** First version in which topics are named by id. */
const TOPIC_ID_VERSION = 13;
const ALL = -1;
/** Kafka's own administrative client may write to internal topics. */
const ADMIN_CLIENT = '__admin_client';

/** A partition whose append is in the log and has to be replicated before the answer. */
interface Pending {
  readonly partition: Partition;
  readonly response: PartitionResponse;
  readonly lastOffset: number;
}

/** The appends of one Produce request. */
export class ProduceAppend {
  readonly #request: RequestOf<'Produce'>;
  readonly #context: RequestContext;
  readonly #broker: BrokerServices;
  readonly #hints: LeaderHints;
  readonly #pending: Pending[] = [];
  /** Appends of which the results are not known yet. */
  readonly #later: Promise<void>[] = [];
  #verifications: Verifications | null = null;

  constructor(request: RequestOf<'Produce'>, context: RequestContext, broker: BrokerServices) {
    this.#request = request;
    this.#context = context;
    this.#broker = broker;
    this.#hints = new LeaderHints(broker, context.listenerName);
  }

  /**
   * Appends in this turn, but for batches that take long to examine and what has to come after them; answers when
   * that is replicated, where the producer wants it so.
   */
  all(verifications: Verifications | null = null): Produced | Promise<Produced> {
    this.#verifications = verifications;
    const responses = this.#request.topicData.map((topic) => this.#topic(topic));
    if (this.#later.length === 0) return this.#answer(responses);
    const resume = this.#broker.appends.isFull ? this.#context.pause() : null;
    return Promise.all(this.#later)
      .finally(() => resume?.())
      .then(() => this.#answer(responses));
  }

  #answer(responses: Answer['responses']): Produced | Promise<Produced> {
    const { acks, timeoutMs } = this.#request;
    if (acks === 0) return refuseSilently(responses);
    const answer = () => ({ responses, nodeEndpoints: this.#hints.endpoints() });
    if (this.#pending.length === 0) return answer();
    return replicated(this.#pending, timeoutMs).then(answer);
  }

  /** The records are to be appended in a later turn: their bytes are the request's only in this one. */
  keepRecords(): void {
    for (const { partitionData } of this.#request.topicData) {
      for (const data of partitionData) {
        if (data.records !== null) data.records = Buffer.from(data.records);
      }
    }
  }

  /** Nothing is appended. */
  refuse(error: KafkaError): Produced {
    const responses = this.#request.topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index }) => refuse(index, error)),
    }));
    return this.#request.acks === 0 ? refuseSilently(responses) : { responses };
  }

  /** The partitions that would take their records, as far as that can be seen without looking into them. */
  *targets(): Generator<{ partition: Partition; data: PartitionData; records: Buffer }> {
    for (const topic of this.#request.topicData) {
      const name = this.#imageOf(topic)?.name;
      for (const data of name === undefined ? [] : topic.partitionData) {
        const { index, records } = data;
        const partition = this.#broker.partitions.find(name!, index);
        if ('code' in partition || !partition.isLeader) continue;
        if (this.#check(name!, records) === errors.NONE)
          yield { partition, data, records: records! };
      }
    }
  }

  #imageOf({ name, topicId }: Topic) {
    const { topics } = this.#broker.metadata.image;
    return this.#usesIds ? topics.byId(topicId) : topics.byName(name);
  }

  get #usesIds(): boolean {
    return this.#context.apiVersion >= TOPIC_ID_VERSION;
  }

  #topic(topic: Topic): ResponseOf<'Produce'>['responses'][number] {
    const image = this.#imageOf(topic);
    const missing = this.#usesIds ? errors.UNKNOWN_TOPIC_ID : errors.UNKNOWN_TOPIC_OR_PARTITION;
    return {
      name: topic.name,
      topicId: topic.topicId,
      partitionResponses: topic.partitionData.map((data) =>
        image === undefined ? refuse(data.index, missing) : this.#append(image.name, data),
      ),
    };
  }

  #append(topic: string, data: PartitionData): PartitionResponse {
    const { index, records } = data;
    const partition = this.#broker.partitions.find(topic, index);
    if ('code' in partition) return this.#hinted(topic, index, refuse(index, partition));
    const refused = this.#check(topic, records);
    if (refused !== errors.NONE) return refuse(index, refused);
    const { minInSyncReplicas } = this.#broker.partitions.settings(topic);
    if (this.#request.acks === ALL && partition.isLeader) {
      const enough = partition.hasMinInSyncReplicas(minInSyncReplicas);
      if (!enough) return refuse(index, errors.NOT_ENOUGH_REPLICAS);
    }
    const produceVersion = this.#context.apiVersion;
    const verification = this.#verifications?.get(data);
    if (verification !== undefined && 'message' in verification) return failed(index, verification);
    const result = this.#broker.appends.append(
      partition,
      records!,
      verification?.verified === undefined
        ? { origin: 'client', produceVersion }
        : { origin: 'client', produceVersion, verified: verification.verified },
    );
    if (!(result instanceof Promise)) return this.#appended(partition, result);
    const response: PartitionResponse = { index, errorCode: errors.NONE.code, baseOffset: -1 };
    const settled = result.then((known) => {
      Object.assign(response, this.#appended(partition, known, response));
    });
    this.#later.push(settled);
    return response;
  }

  /** `response`: the object that the answer has for it already. */
  #appended(
    partition: Partition,
    result: AppendResult,
    response?: PartitionResponse,
  ): PartitionResponse {
    const { topic, index } = partition;
    if (isFailure(result)) return this.#hinted(topic, index, failed(index, result));
    const appended: PartitionResponse = {
      index,
      errorCode: errors.NONE.code,
      baseOffset: result.baseOffset,
      logAppendTimeMs: result.logAppendTimeMs,
      logStartOffset: result.logStartOffset,
    };
    if (this.#request.acks === ALL && partition.highWatermark <= result.lastOffset) {
      const { lastOffset } = result;
      this.#pending.push({ partition, response: response ?? appended, lastOffset });
    }
    return appended;
  }

  #check(topic: string, records: Buffer | null): KafkaError {
    const { acks } = this.#request;
    if (records === null || records.length === 0) return errors.INVALID_RECORD;
    if (acks < ALL || acks > 1) return errors.INVALID_REQUIRED_ACKS;
    if (isInternalTopic(topic) && this.#context.clientId !== ADMIN_CLIENT) {
      return errors.INVALID_TOPIC_EXCEPTION;
    }
    return errors.NONE;
  }

  /** From version 10 on a client that asked the wrong broker is told whom to ask (KIP-951). */
  #hinted(topic: string, index: number, response: PartitionResponse): PartitionResponse {
    const misplaced = response.errorCode === errors.NOT_LEADER_OR_FOLLOWER.code;
    if (!misplaced || this.#context.apiVersion < 10) return response;
    const currentLeader = this.#hints.leaderOf(topic, index);
    return currentLeader === undefined ? response : { ...response, currentLeader };
  }
}

/** Waits until all appends are replicated, and notes in their responses which are not. */
async function replicated(pending: readonly Pending[], timeoutMs: number): Promise<void> {
  for (const { partition, response, lastOffset } of pending) {
    // All waits run at the same time: what one has waited, the next need not wait again.
    const error = await partition.replicated(lastOffset, timeoutMs);
    if (error === null) continue;
    const mutable = response as { errorCode: number; baseOffset: number };
    mutable.errorCode = error.code;
    mutable.baseOffset = -1;
  }
}

/** Without a response the producer learns of a failure only from a closed connection. */
function refuseSilently(responses: ResponseOf<'Produce'>['responses']): undefined {
  for (const { partitionResponses } of responses) {
    for (const { errorCode } of partitionResponses) {
      if (errorCode !== 0) throw new UnansweredProduceError(errorCode);
    }
  }
  return undefined;
}

/** A produce with acks 0 failed: the connection is closed. */
export class UnansweredProduceError extends Error {
  constructor(errorCode: number) {
    super(`a produce with acks 0 failed with error ${errorCode}`);
    this.name = 'UnansweredProduceError';
  }
}

function refuse(index: number, error: KafkaError): PartitionResponse {
  return { index, errorCode: error.code, baseOffset: -1, errorMessage: error.message };
}

function failed(index: number, { error, message, recordErrors }: LogFailure): PartitionResponse {
  return {
    index,
    errorCode: error.code,
    baseOffset: -1,
    recordErrors: (recordErrors ?? []).map((record) => ({
      batchIndex: record.index,
      batchIndexErrorMessage: record.message,
    })),
    errorMessage: message,
  };
}
