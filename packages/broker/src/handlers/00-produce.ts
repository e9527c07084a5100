import { isFailure, type LogFailure } from '@tidelog/log';
import type { RequestContext } from '@tidelog/network';
import {
  batchIsTransactional,
  errors,
  type KafkaError,
  type RequestOf,
  type ResponseOf,
} from '@tidelog/protocol';
import type { Partition } from '../partition/partition.ts';
import type { BrokerServices } from '../services.ts';
import type { Handler } from './handler.ts';
import { LeaderHints } from './leader-hints.ts';
import { isInternalTopic } from './topic-description.ts';

type Topic = RequestOf<'Produce'>['topicData'][number];
type PartitionData = Topic['partitionData'][number];
type PartitionResponse = ResponseOf<'Produce'>['responses'][number]['partitionResponses'][number];

/** First version in which topics are named by id. */
const TOPIC_ID_VERSION = 13;
const ALL = -1;
/** Kafka's own administrative client may write to internal topics. */
const ADMIN_CLIENT = '__admin_client';
const BATCH_HEADER_BYTES = 61;

/** A partition whose append is in the log and is not yet replicated. */
interface Pending {
  readonly partition: Partition;
  readonly response: PartitionResponse;
  readonly lastOffset: number;
}

/**
 * Versions 3 to 13. Each partition gets exactly one batch, is appended in this turn and answers for
 * itself. acks 0: no response, and a failure closes the connection, which is the only way to tell;
 * 1: answered at once; all (-1): when the records are on all in-sync replicas, as durable as the
 * topic's durability says, and refused before that where fewer than `min.insync.replicas` are there.
 */
export const produce: Handler<'Produce'> = (request, context, broker) => {
  const { acks, timeoutMs } = request;
  const hints = new LeaderHints(broker, context.listenerName);
  const pending: Pending[] = [];
  const append = new ProduceAppend(request, context, broker, hints, pending);
  const responses = request.topicData.map((topic) => append.topic(topic));
  if (acks === 0) return refuseSilently(responses);
  const answer = () => ({ responses, nodeEndpoints: hints.endpoints() });
  if (acks !== ALL || pending.length === 0) return answer();
  return replicated(pending, timeoutMs).then(answer);
};

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

class ProduceAppend {
  readonly #request: RequestOf<'Produce'>;
  readonly #context: RequestContext;
  readonly #broker: BrokerServices;
  readonly #hints: LeaderHints;
  readonly #pending: Pending[];

  constructor(
    request: RequestOf<'Produce'>,
    context: RequestContext,
    broker: BrokerServices,
    hints: LeaderHints,
    pending: Pending[],
  ) {
    this.#request = request;
    this.#context = context;
    this.#broker = broker;
    this.#hints = hints;
    this.#pending = pending;
  }

  topic(topic: Topic): ResponseOf<'Produce'>['responses'][number] {
    const byId = this.#context.apiVersion >= TOPIC_ID_VERSION;
    const { topics } = this.#broker.metadata.image;
    const image = byId ? topics.byId(topic.topicId) : topics.byName(topic.name);
    const missing = byId ? errors.UNKNOWN_TOPIC_ID : errors.UNKNOWN_TOPIC_OR_PARTITION;
    return {
      name: topic.name,
      topicId: topic.topicId,
      partitionResponses: topic.partitionData.map((data) =>
        image === undefined ? refuse(data.index, missing) : this.#append(image.name, data),
      ),
    };
  }

  #append(topic: string, { index, records }: PartitionData): PartitionResponse {
    const partition = this.#broker.partitions.find(topic, index);
    if ('code' in partition) return this.#hinted(topic, index, refuse(index, partition));
    const refused = this.#check(topic, records);
    if (refused !== errors.NONE) return refuse(index, refused);
    const { minInSyncReplicas } = this.#broker.partitions.settings(topic);
    if (this.#request.acks === ALL && partition.isLeader) {
      const enough = partition.hasMinInSyncReplicas(minInSyncReplicas);
      if (!enough) return refuse(index, errors.NOT_ENOUGH_REPLICAS);
    }
    const result = partition.append(records!, {
      origin: 'client',
      produceVersion: this.#context.apiVersion,
    });
    if (isFailure(result)) return this.#hinted(topic, index, failed(index, result));
    const response: PartitionResponse = {
      index,
      errorCode: errors.NONE.code,
      baseOffset: result.baseOffset,
      logAppendTimeMs: result.logAppendTimeMs,
      logStartOffset: result.logStartOffset,
    };
    this.#pending.push({ partition, response, lastOffset: result.lastOffset });
    return response;
  }

  #check(topic: string, records: Buffer | null): KafkaError {
    const { acks, transactionalId } = this.#request;
    if (records === null || records.length === 0) return errors.INVALID_RECORD;
    if (acks < ALL || acks > 1) return errors.INVALID_REQUIRED_ACKS;
    if (isInternalTopic(topic) && this.#context.clientId !== ADMIN_CLIENT) {
      return errors.INVALID_TOPIC_EXCEPTION;
    }
    // Without a coordinator nobody would ever end the transaction, and consumers would wait for that.
    const whole = records.length >= BATCH_HEADER_BYTES;
    if (transactionalId !== null || (whole && batchIsTransactional(records, 0))) {
      return errors.INVALID_TXN_STATE;
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
