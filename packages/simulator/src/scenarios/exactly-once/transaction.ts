import { BatchBuilder, type ResponseOutput } from '@tidelog/protocol';
import type { Wire } from './wire.ts';

/** How transactions are done: each partition announced first, or with the records (KIP-890). */
export type Protocol = 1 | 2;

/** Aborted by the coordinator when it stays open for so long. */
export const TRANSACTION_TIMEOUT_MS = 3000;

const LATEST = 'latest';

interface Write {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly { readonly key: string | null; readonly value: string }[];
}

/** A producer with a transactional id, request by request. */
export class TransactionalProducer {
  readonly #wire: Wire;
  readonly #id: string;
  readonly #sequences = new Map<string, number>();
  producerId = -1;
  epoch = -1;

  constructor(wire: Wire, transactionalId: string) {
    this.#wire = wire;
    this.#id = transactionalId;
  }

  /** Fences whoever had the id before; what they left open is aborted. */
  async init(): Promise<void> {
    const response = await this.#wire.ask(
      'InitProducerId',
      5,
      { transactionalId: this.#id, transactionTimeoutMs: TRANSACTION_TIMEOUT_MS },
      ({ errorCode }) => errorCode,
    );
    this.#take(response);
  }

  async write(protocol: Protocol, { topic, partition, records }: Write): Promise<void> {
    if (protocol === 1) {
      await this.#wire.ask(
        'AddPartitionsToTxn',
        3,
        {
          v3AndBelowTransactionalId: this.#id,
          v3AndBelowProducerId: this.producerId,
          v3AndBelowProducerEpoch: this.epoch,
          v3AndBelowTopics: [{ name: topic, partitions: [partition] }],
        },
        (response) =>
          response.resultsByTopicV3AndBelow[0]!.resultsByPartition[0]!.partitionErrorCode,
      );
    }
    const key = `${topic}-${partition}`;
    const baseSequence = this.#sequences.get(key) ?? 0;
    const builder = new BatchBuilder();
    for (const record of records) builder.append(this.#wire.now(), record.key, record.value);
    const { producerId, epoch: producerEpoch } = this;
    const batch = { producerId, producerEpoch, baseSequence, transactional: true };
    const bytes = Buffer.from(builder.finish(batch));
    await this.#wire.ask(
      'Produce',
      protocol === 1 ? 11 : 12,
      {
        transactionalId: this.#id,
        acks: -1,
        timeoutMs: 5000,
        // The broker keeps what it is given: a request that is sent again brings its own bytes.
        topicData: [{ name: topic, partitionData: [{ index: partition, records: bytes }] }],
      },
      ({ responses }) => responses[0]!.partitionResponses[0]!.errorCode,
    );
    this.#sequences.set(key, baseSequence + records.length);
  }

  /** Remembers the last transaction of a partition of the input, in a compacted topic. */
  note(protocol: Protocol, partition: number, attempt: number): Promise<void> {
    const records = [{ key: String(partition), value: String(attempt) }];
    return this.write(protocol, { topic: LATEST, partition: 0, records });
  }

  async commitOffset(
    protocol: Protocol,
    groupId: string,
    { topic, partition, offset }: { topic: string; partition: number; offset: number },
  ): Promise<void> {
    const { producerId, epoch: producerEpoch } = this;
    const producer = { transactionalId: this.#id, producerId, producerEpoch, groupId };
    if (protocol === 1) {
      await this.#wire.ask('AddOffsetsToTxn', 3, producer, ({ errorCode }) => errorCode);
    }
    const partitions = [
      { partitionIndex: partition, committedOffset: offset, committedMetadata: null },
    ];
    await this.#wire.ask(
      'TxnOffsetCommit',
      protocol === 1 ? 3 : 5,
      { ...producer, topics: [{ name: topic, partitions }] },
      ({ topics }) => topics[0]!.partitions[0]!.errorCode,
    );
  }

  async end(protocol: Protocol, committed: boolean): Promise<void> {
    const { producerId, epoch: producerEpoch } = this;
    const response = await this.#wire.ask(
      'EndTxn',
      protocol === 1 ? 4 : 5,
      { transactionalId: this.#id, producerId, producerEpoch, committed },
      ({ errorCode }) => errorCode,
    );
    if (protocol === 2) this.#take(response);
  }

  #take({ producerId, producerEpoch }: ResponseOutput<'InitProducerId' | 'EndTxn'>): void {
    if (producerId !== this.producerId || producerEpoch !== this.epoch) this.#sequences.clear();
    this.producerId = producerId;
    this.epoch = producerEpoch;
  }
}
