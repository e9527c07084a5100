import { byTopic, keyOf, type TopicPartition } from '../topic-partition.ts';
import type { AdminCalls, ItemOptions } from './admin-calls.ts';
import { toBroker, toLeader } from './routes.ts';

export interface ProducerState {
  readonly producerId: number;
  readonly producerEpoch: number;
  /** -1 where it has none. */
  readonly lastSequence: number;
  /** Milliseconds since 1970; -1 where there is none. */
  readonly lastTimestamp: number;
  /** Of the last transaction's coordinator; -1 outside of transactions. */
  readonly coordinatorEpoch: number;
  /** Where the running transaction begins; null when none runs. */
  readonly currentTransactionStartOffset: number | null;
}

export interface PartitionProducers extends TopicPartition {
  readonly producers: readonly ProducerState[];
}

export interface DescribeProducersOptions extends ItemOptions<TopicPartition> {
  /** Asks this replica instead of the leaders. */
  readonly brokerId?: number | undefined;
}

/** A transaction that hangs in a partition, as `describeProducers` shows it. */
export interface HangingTransaction extends TopicPartition {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
}

/** What an admin does with the producers that a partition knows. */
export function producerOperations(calls: AdminCalls) {
  const { cluster } = calls;
  return {
    /** The producers that were active lately, with their transactions. */
    describeProducers: (
      partitions: readonly TopicPartition[],
      options: DescribeProducersOptions = {},
    ): Promise<PartitionProducers[]> => {
      const { brokerId } = options;
      return calls.each<TopicPartition, PartitionProducers>(
        partitions,
        {
          route:
            brokerId === undefined
              ? toLeader(cluster, (place) => place)
              : toBroker(cluster, () => brokerId),
          keyOf,
          subjectOf: (place) => `producers of ${keyOf(place)}`,
          ask: async ({ send }, partitions, heard) => {
            const response = await send('DescribeProducers', {
              topics: Array.from(byTopic(partitions), ([name, list]) => ({
                name,
                partitionIndexes: list.map(({ partition }) => partition),
              })),
            });
            for (const { name, partitions } of response.topics) {
              for (const answer of partitions) {
                const place = { topic: name, partition: answer.partitionIndex };
                const producers = answer.activeProducers.map(producerState);
                heard(keyOf(place), answer, { ...place, producers });
              }
            }
          },
        },
        options,
      );
    },

    /**
     * Writes the marker that ends a transaction in one partition, where its coordinator no longer knows
     * of it (KIP-664). It bypasses the coordinator: records of a transaction that still runs are lost.
     */
    abortTransaction: async (
      transaction: HangingTransaction,
      options: ItemOptions<HangingTransaction> = {},
    ): Promise<void> => {
      await calls.each<HangingTransaction, null>(
        [transaction],
        {
          route: toLeader(cluster, (place) => place),
          keyOf,
          subjectOf: (place) => `transaction of producer ${place.producerId} in ${keyOf(place)}`,
          ask: async ({ send }, [hanging], heard) => {
            const { topic, partition, producerId, producerEpoch, coordinatorEpoch } = hanging!;
            const marker = {
              producerId,
              producerEpoch,
              coordinatorEpoch,
              transactionResult: false,
            };
            const topics = [{ name: topic, partitionIndexes: [partition] }];
            const response = await send('WriteTxnMarkers', { markers: [{ ...marker, topics }] });
            for (const { topics } of response.markers) {
              for (const { name, partitions } of topics) {
                for (const answer of partitions) {
                  heard(keyOf({ topic: name, partition: answer.partitionIndex }), answer, null);
                }
              }
            }
          },
        },
        options,
      );
    },
  };
}

function producerState(answer: {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly lastSequence: number;
  readonly lastTimestamp: number;
  readonly coordinatorEpoch: number;
  readonly currentTxnStartOffset: number;
}): ProducerState {
  const { currentTxnStartOffset } = answer;
  return {
    producerId: answer.producerId,
    producerEpoch: answer.producerEpoch,
    lastSequence: answer.lastSequence,
    lastTimestamp: answer.lastTimestamp,
    coordinatorEpoch: answer.coordinatorEpoch,
    currentTransactionStartOffset: currentTxnStartOffset < 0 ? null : currentTxnStartOffset,
  };
}
