import {
  type ApiName,
  batchBaseSequence,
  batchIsTransactional,
  batchProducerEpoch,
  batchRecordCount,
  errors,
  readRecords,
  type RequestOf,
  type ResponseOf,
} from '@tidelog/protocol';
import { ScriptedBroker } from './scripted-broker.ts';

/** What a test does to a request: lets it through, answers with an error, or loses the answer. */
export type Fault = 'none' | 'lost request' | 'lost answer' | keyof typeof errors;

interface Batch {
  readonly baseOffset: number;
  readonly epoch: number;
  readonly sequence: number;
  readonly values: readonly string[];
  state: 'open' | 'committed' | 'aborted';
}

interface PartitionLog {
  readonly batches: Batch[];
  end: number;
  epoch: number;
  nextSequence: number;
}

const { NONE, INVALID_PRODUCER_EPOCH, INVALID_TXN_STATE, PRODUCER_FENCED } = errors;

/**
 * One broker with one transactional id, its coordinator and the logs of its partitions, as far as a client
 * can tell: epochs, sequences, which partitions are in the transaction, and its two versions (KIP-890).
 */
export class TransactionalBroker extends ScriptedBroker {
  readonly version: 1 | 2;
  producerId = 7;
  epoch = -1;
  state: 'empty' | 'open' | 'committed' | 'aborted' = 'empty';
  readonly partitions = new Set<number>();
  readonly groups = new Set<string>();
  readonly logs = new Map<number, PartitionLog>();
  readonly offsets = new Map<string, number>();
  readonly #pendingOffsets = new Map<string, number>();
  fault: (name: ApiName) => Fault = () => 'none';

  constructor(version: 1 | 2) {
    super();
    this.version = version;
    if (version === 2) this.features.set('transaction.version', 2);
    this.topics.push({ name: 't', partitions: 3 });
    this.on('FindCoordinator', () => this.#found());
    this.#serve(
      'InitProducerId',
      (request) => this.#initialize(request),
      (errorCode) => ({ errorCode, producerEpoch: -1 }),
    );
    this.#serve('AddPartitionsToTxn', (request) => this.#addPartitions(request), addedWith);
    this.#serve(
      'AddOffsetsToTxn',
      (request) => this.#addOffsets(request),
      (errorCode) => ({ errorCode }),
    );
    this.#serve('TxnOffsetCommit', (request) => this.#commitOffsets(request), committedWith);
    this.#serve(
      'EndTxn',
      (request, version) => this.#end(request, version),
      (errorCode) => ({ errorCode }),
    );
    this.#serve('Produce', (request) => this.#produce(request), producedWith);
  }

  /** What a `read_committed` consumer reads of a partition. */
  committed(partition: number): string[] {
    const batches = this.logs.get(partition)?.batches ?? [];
    return batches.filter(({ state }) => state === 'committed').flatMap(({ values }) => values);
  }

  /** Another producer takes the transactional id. */
  fence(): void {
    this.#close(false);
    this.epoch += 1;
  }

  #serve<Name extends ApiName>(
    name: Name,
    answer: (request: RequestOf<Name>, version: number) => ResponseOf<Name>,
    refusal: (errorCode: number, request: RequestOf<Name>) => ResponseOf<Name>,
  ): void {
    this.on(name, (request, version) => {
      const fault = this.fault(name);
      if (fault === 'lost request') return 'close';
      if (fault !== 'none' && fault !== 'lost answer') return refusal(errors[fault].code, request);
      const answered = answer(request, version);
      return fault === 'lost answer' ? 'close' : answered;
    });
  }

  #found(): ResponseOf<'FindCoordinator'> {
    return { errorCode: 0, errorMessage: null, nodeId: 1, host: 'broker', port: 9092 };
  }

  #initialize(request: RequestOf<'InitProducerId'>): ResponseOf<'InitProducerId'> {
    const { producerId, producerEpoch } = request;
    const isBump = producerId >= 0;
    if (isBump && producerEpoch !== this.epoch && producerEpoch !== this.epoch - 1) {
      return { errorCode: PRODUCER_FENCED.code, producerEpoch: -1 };
    }
    if (!isBump || producerEpoch === this.epoch) {
      this.#close(false);
      this.epoch += 1;
    }
    this.state = 'empty';
    return { errorCode: 0, producerId: this.producerId, producerEpoch: this.epoch };
  }

  #addPartitions(request: RequestOf<'AddPartitionsToTxn'>): ResponseOf<'AddPartitionsToTxn'> {
    const current = request.v3AndBelowProducerEpoch === this.epoch;
    if (!current) return addedWith(INVALID_PRODUCER_EPOCH.code, request);
    this.state = 'open';
    for (const { partitions } of request.v3AndBelowTopics) {
      for (const partition of partitions) this.partitions.add(partition);
    }
    return addedWith(NONE.code, request);
  }

  #addOffsets({ groupId, producerEpoch }: RequestOf<'AddOffsetsToTxn'>) {
    if (producerEpoch !== this.epoch) return { errorCode: INVALID_PRODUCER_EPOCH.code };
    this.state = 'open';
    this.groups.add(groupId);
    return { errorCode: 0 };
  }

  #commitOffsets(request: RequestOf<'TxnOffsetCommit'>): ResponseOf<'TxnOffsetCommit'> {
    const { groupId, producerEpoch, topics } = request;
    if (producerEpoch !== this.epoch) return committedWith(INVALID_PRODUCER_EPOCH.code, request);
    if (this.version === 2) {
      this.state = 'open';
      this.groups.add(groupId);
    }
    if (!this.groups.has(groupId)) return committedWith(INVALID_TXN_STATE.code, request);
    for (const { name, partitions } of topics) {
      for (const { partitionIndex, committedOffset } of partitions) {
        this.#pendingOffsets.set(`${groupId}/${name}-${partitionIndex}`, committedOffset);
      }
    }
    return committedWith(NONE.code, request);
  }

  #end({ producerEpoch, committed }: RequestOf<'EndTxn'>, version: number): ResponseOf<'EndTxn'> {
    const outcome = committed ? 'committed' : 'aborted';
    const identity = { producerId: this.producerId, producerEpoch: this.epoch };
    if (version >= 5 && producerEpoch === this.epoch - 1 && this.state === outcome) {
      return { errorCode: 0, ...identity };
    }
    if (producerEpoch !== this.epoch) return { errorCode: INVALID_PRODUCER_EPOCH.code };
    if (this.state === outcome && version < 5) return { errorCode: 0 };
    const ofNothing = version >= 5 && !committed;
    if (this.state !== 'open' && !ofNothing) return { errorCode: INVALID_TXN_STATE.code };
    this.#close(committed);
    if (version < 5) return { errorCode: 0 };
    this.epoch += 1;
    return { errorCode: 0, producerId: this.producerId, producerEpoch: this.epoch };
  }

  #close(committed: boolean): void {
    this.state = committed ? 'committed' : 'aborted';
    for (const { batches } of this.logs.values()) {
      for (const batch of batches) if (batch.state === 'open') batch.state = this.state;
    }
    if (committed) for (const [key, offset] of this.#pendingOffsets) this.offsets.set(key, offset);
    this.#pendingOffsets.clear();
    this.partitions.clear();
    this.groups.clear();
  }

  #produce(request: RequestOf<'Produce'>): ResponseOf<'Produce'> {
    return answers(request, (partition, records) => this.#append(partition, records));
  }

  #append(partition: number, records: Buffer): { errorCode: number; baseOffset?: number } {
    let log = this.logs.get(partition);
    if (log === undefined) {
      this.logs.set(partition, (log = { batches: [], end: 0, epoch: -1, nextSequence: 0 }));
    }
    const epoch = batchProducerEpoch(records, 0);
    const sequence = batchBaseSequence(records, 0);
    if (!batchIsTransactional(records, 0)) throw new Error('a batch is not transactional');
    const known = log.batches.find((b) => b.epoch === epoch && b.sequence === sequence);
    if (known !== undefined) return { errorCode: 0, baseOffset: known.baseOffset };
    if (epoch !== this.epoch) return { errorCode: INVALID_PRODUCER_EPOCH.code };
    if (this.version === 1 && !this.partitions.has(partition)) {
      return { errorCode: INVALID_TXN_STATE.code };
    }
    const expected = log.epoch === epoch ? log.nextSequence : 0;
    if (sequence !== expected) return { errorCode: errors.OUT_OF_ORDER_SEQUENCE_NUMBER.code };
    this.state = 'open';
    this.partitions.add(partition);
    const values = readRecords(records).map(({ value }) => value!.toString());
    const baseOffset = log.end;
    log.batches.push({ baseOffset, epoch, sequence, values, state: 'open' });
    log.end += batchRecordCount(records, 0);
    log.epoch = epoch;
    log.nextSequence = sequence + batchRecordCount(records, 0);
    return { errorCode: 0, baseOffset };
  }
}

function answers(
  request: RequestOf<'Produce'>,
  answer: (partition: number, records: Buffer) => { errorCode: number; baseOffset?: number },
): ResponseOf<'Produce'> {
  return {
    responses: request.topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index, records }) => ({
        index,
        baseOffset: -1,
        ...answer(index, records!),
      })),
    })),
  };
}

function producedWith(errorCode: number, request: RequestOf<'Produce'>): ResponseOf<'Produce'> {
  return answers(request, () => ({ errorCode }));
}

function addedWith(
  errorCode: number,
  request: RequestOf<'AddPartitionsToTxn'>,
): ResponseOf<'AddPartitionsToTxn'> {
  return {
    resultsByTopicV3AndBelow: request.v3AndBelowTopics.map(({ name, partitions }) => ({
      name,
      resultsByPartition: partitions.map((partitionIndex) => ({
        partitionIndex,
        partitionErrorCode: errorCode,
      })),
    })),
  };
}

function committedWith(
  errorCode: number,
  request: RequestOf<'TxnOffsetCommit'>,
): ResponseOf<'TxnOffsetCommit'> {
  return {
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  };
}
