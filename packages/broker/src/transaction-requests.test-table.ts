import type { RequestInput } from '@tidelog/protocol';
import type { ServedName, Subject } from './requests.test-table.ts';

type Requests = {
  readonly [K in ServedName]?: (version: number, subject: Subject) => RequestInput<K>;
};

const producer = { transactionalId: 'no-such-id', producerId: 77, producerEpoch: 0 };

/** Requests about transactions of a producer that nobody knows. */
export const transactionRequests = {
  AddPartitionsToTxn: (version, { topic }) => {
    const topics = [{ name: topic, partitions: [0] }];
    if (version >= 4) {
      return {
        transactions: [
          { ...producer, topics },
          { ...producer, verifyOnly: true, topics },
        ],
        v3AndBelowTransactionalId: '',
        v3AndBelowProducerId: 0,
        v3AndBelowProducerEpoch: 0,
        v3AndBelowTopics: [],
      };
    }
    return {
      transactions: [],
      v3AndBelowTransactionalId: producer.transactionalId,
      v3AndBelowProducerId: producer.producerId,
      v3AndBelowProducerEpoch: producer.producerEpoch,
      v3AndBelowTopics: topics,
    };
  },
  AddOffsetsToTxn: (_version, { group }) => ({ ...producer, groupId: group }),
  EndTxn: () => ({ ...producer, committed: true }),
  TxnOffsetCommit: (version, { topic, group }) => ({
    ...producer,
    groupId: group,
    ...(version >= 3 && { generationId: -1, memberId: '', groupInstanceId: null }),
    topics: [
      {
        name: topic,
        partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: 'note' }],
      },
    ],
  }),
  DescribeTransactions: () => ({ transactionalIds: [producer.transactionalId] }),
  ListTransactions: (version) => ({
    stateFilters: ['Ongoing'],
    producerIdFilters: [77],
    ...(version >= 1 && { durationFilter: 1000 }),
    ...(version >= 2 && { transactionalIdPattern: 'no-.*' }),
  }),
} as const satisfies Requests;
