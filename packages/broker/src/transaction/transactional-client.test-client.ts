import type { ResponseOutput } from '@tidelog/protocol';
import type { TestNode } from '../broker.test-node.ts';
import { TestClient } from '../client.test-client.ts';
import { batchOf } from '../requests.test-table.ts';

/** A producer in transactions, request by request, by the old rules (version 1) or the new ones. */
export class TransactionalClient {
  readonly client: TestClient;
  readonly transactionalId: string;
  readonly version: 1 | 2;
  producerId = -1;
  producerEpoch = -1;
  #sequences = new Map<string, number>();

  static async connect(
    node: TestNode,
    transactionalId: string,
    version: 1 | 2,
  ): Promise<TransactionalClient> {
    const client = new TransactionalClient(
      await TestClient.connect(node),
      transactionalId,
      version,
    );
    await client.client.send('FindCoordinator', 6, {
      keyType: 1,
      coordinatorKeys: [transactionalId],
    });
    await client.init();
    return client;
  }

  private constructor(client: TestClient, transactionalId: string, version: 1 | 2) {
    this.client = client;
    this.transactionalId = transactionalId;
    this.version = version;
  }

  async init(): Promise<void> {
    const { transactionalId } = this;
    const request = { transactionalId, transactionTimeoutMs: 60_000 };
    for (;;) {
      const reply = await this.client.send('InitProducerId', 4, request);
      if (reply.errorCode === 51 || reply.errorCode === 14) continue;
      if (reply.errorCode !== 0) throw new Error(`InitProducerId: error ${reply.errorCode}`);
      this.#took(reply.producerId, reply.producerEpoch);
      return;
    }
  }

  get #producer() {
    const { transactionalId, producerId, producerEpoch } = this;
    return { transactionalId, producerId, producerEpoch };
  }

  /** As a client of the old rules has to, before it produces. */
  async addPartition(topic: string): Promise<number> {
    const { resultsByTopicV3AndBelow } = await this.client.send('AddPartitionsToTxn', 3, {
      transactions: [],
      v3AndBelowTransactionalId: this.transactionalId,
      v3AndBelowProducerId: this.producerId,
      v3AndBelowProducerEpoch: this.producerEpoch,
      v3AndBelowTopics: [{ name: topic, partitions: [0] }],
    });
    return resultsByTopicV3AndBelow[0]!.resultsByPartition[0]!.partitionErrorCode;
  }

  /** One batch; its partition is added to the transaction in the way of the version. */
  async produce(topic: string, values: readonly string[]) {
    if (this.version === 1) {
      const error = await this.addPartition(topic);
      if (error !== 0) throw new Error(`AddPartitionsToTxn: error ${error}`);
    }
    return this.produceOnly(topic, values);
  }

  produceOnly(
    topic: string,
    values: readonly string[],
    change: { producerEpoch?: number; apiVersion?: number; transactionalId?: string | null } = {},
  ) {
    const { apiVersion = this.version === 1 ? 11 : 12 } = change;
    const { producerId } = this;
    const transactionalId =
      change.transactionalId === undefined ? this.transactionalId : change.transactionalId;
    const baseSequence = this.#sequences.get(topic) ?? 0;
    this.#sequences.set(topic, baseSequence + values.length);
    const records = batchOf(values, {
      producerId,
      producerEpoch: change.producerEpoch ?? this.producerEpoch,
      baseSequence,
      transactional: true,
    });
    return this.client
      .send('Produce', apiVersion, {
        transactionalId,
        acks: -1,
        timeoutMs: 1000,
        topicData: [{ name: topic, partitionData: [{ index: 0, records }] }],
      })
      .then(({ responses }) => {
        const response = responses[0]!.partitionResponses[0]!;
        if (response.errorCode !== 0) this.#sequences.set(topic, baseSequence);
        return response;
      });
  }

  async commitOffset(
    groupId: string,
    topic: string,
    offset: number,
    member: { generationId?: number; memberId?: string; groupInstanceId?: string } = {},
  ): Promise<number> {
    if (this.version === 1) {
      const added = await this.client.send('AddOffsetsToTxn', 3, { ...this.#producer, groupId });
      if (added.errorCode !== 0) return added.errorCode;
    }
    const reply = await this.client.send('TxnOffsetCommit', this.version === 1 ? 4 : 5, {
      ...this.#producer,
      groupId,
      ...member,
      topics: [
        {
          name: topic,
          partitions: [{ partitionIndex: 0, committedOffset: offset, committedMetadata: null }],
        },
      ],
    });
    return reply.topics[0]!.partitions[0]!.errorCode;
  }

  /** Ends the transaction; with the new rules the producer goes on with another epoch. */
  async end(committed: boolean): Promise<number> {
    const request = { ...this.#producer, committed };
    const reply = await this.client.send('EndTxn', this.version === 1 ? 4 : 5, request);
    if (this.version === 2 && reply.errorCode === 0) {
      this.#took(reply.producerId, reply.producerEpoch);
    }
    return reply.errorCode;
  }

  async committedOffset(groupId: string, topic: string, requireStable = false) {
    const reply = await this.client.send('OffsetFetch', 9, {
      groups: [
        {
          groupId,
          memberId: null,
          memberEpoch: -1,
          topics: [{ name: topic, partitionIndexes: [0] }],
        },
      ],
      requireStable,
    });
    const { committedOffset, errorCode } = reply.groups[0]!.topics[0]!.partitions[0]!;
    return errorCode === 0 ? committedOffset : { errorCode };
  }

  /** What a read_committed consumer sees: the batches of aborted transactions are left out. */
  async committedFetch(topic: string, maxWaitMs = 0, fetchOffset = 0) {
    const request = { isolationLevel: 1, maxWaitMs };
    return this.client.fetch(topic, { fetchOffset }, request);
  }

  async producers(topic: string): Promise<ProducerState[]> {
    const { topics } = await this.client.send('DescribeProducers', 0, {
      topics: [{ name: topic, partitionIndexes: [0] }],
    });
    return topics[0]!.partitions[0]!.activeProducers;
  }

  #took(producerId: number, producerEpoch: number): void {
    const isNew = producerId !== this.producerId || producerEpoch !== this.producerEpoch;
    if (isNew) this.#sequences = new Map();
    this.producerId = producerId;
    this.producerEpoch = producerEpoch;
  }
}

type ProducerState =
  ResponseOutput<'DescribeProducers'>['topics'][number]['partitions'][number]['activeProducers'][number];
