import type { BrokerNode } from '../cluster/metadata.ts';
import type { TopicPartition } from '../topic-partition.ts';
import type { AdminCalls, ItemOptions } from './admin-calls.ts';
import { toBroker, toCoordinator } from './routes.ts';

export interface TransactionListing {
  readonly transactionalId: string;
  readonly producerId: number;
  /** `Ongoing`, `CompleteCommit`, ... */
  readonly state: string;
}

/** Only transactions that fit all of these. */
export interface ListTransactionsOptions extends ItemOptions<BrokerNode> {
  readonly states?: readonly string[] | undefined;
  readonly producerIds?: readonly number[] | undefined;
  /** That have been running for longer (Kafka 3.8). */
  readonly minDurationMs?: number | undefined;
  /** A regular expression of RE2 for the whole transactional id (Kafka 4.1). */
  readonly transactionalIdPattern?: string | undefined;
}

export interface TransactionDescription extends TransactionListing {
  readonly producerEpoch: number;
  /** The broker that coordinates it. */
  readonly coordinator: number;
  readonly timeoutMs: number;
  /** Milliseconds since 1970; null while none is running. */
  readonly startTimeMs: number | null;
  /** The partitions that take part. */
  readonly partitions: readonly TopicPartition[];
}

export interface FencedProducer {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** What an admin does with transactions, at their coordinators. */
export function transactionOperations(calls: AdminCalls) {
  const { cluster } = calls;
  const route = toCoordinator<string>(cluster, 'transaction', (transactionalId) => transactionalId);
  const fenceProducers = (
    transactionalIds: readonly string[],
    options: ItemOptions<string> = {},
  ): Promise<FencedProducer[]> =>
    calls.each<string, FencedProducer>(
      transactionalIds,
      {
        route,
        keyOf: (transactionalId) => transactionalId,
        subjectOf: (transactionalId) => `producers of ${transactionalId}`,
        ask: async ({ send }, transactionalIds, heard) => {
          const transactionTimeoutMs = options.timeoutMs ?? cluster.settings.requestTimeoutMs;
          const fence = async (transactionalId: string): Promise<void> => {
            const request = { transactionalId, transactionTimeoutMs };
            const response = await send('InitProducerId', request);
            const { producerId, producerEpoch } = response;
            heard(transactionalId, response, { transactionalId, producerId, producerEpoch });
          };
          await Promise.all(transactionalIds.map(fence));
        },
      },
      options,
    );
  return {
    /** Each broker lists those that it coordinates; a broker is what can fail here. */
    listTransactions: async (
      options: ListTransactionsOptions = {},
    ): Promise<TransactionListing[]> => {
      await calls.once(() => cluster.refresh([]), options);
      const listed = await calls.each<BrokerNode, readonly TransactionListing[]>(
        cluster.metadata.brokers(),
        {
          route: toBroker(cluster, ({ id }) => id),
          keyOf: ({ id }) => String(id),
          subjectOf: ({ id }) => `transactions of broker ${id}`,
          ask: async ({ node, send }, _, heard) => {
            const response = await send('ListTransactions', {
              stateFilters: [...(options.states ?? [])],
              producerIdFilters: [...(options.producerIds ?? [])],
              durationFilter: options.minDurationMs ?? -1,
              transactionalIdPattern: options.transactionalIdPattern ?? null,
            });
            const listings = response.transactionStates.map((transaction) => ({
              transactionalId: transaction.transactionalId,
              producerId: transaction.producerId,
              state: transaction.transactionState,
            }));
            heard(String(node), response, listings);
          },
        },
        options,
      );
      return listed.flat().sort((a, b) => (a.transactionalId < b.transactionalId ? -1 : 1));
    },

    describeTransactions: (
      transactionalIds: readonly string[],
      options: ItemOptions<string> = {},
    ): Promise<TransactionDescription[]> =>
      calls.each<string, TransactionDescription>(
        transactionalIds,
        {
          route,
          keyOf: (transactionalId) => transactionalId,
          subjectOf: (transactionalId) => `transaction of ${transactionalId}`,
          ask: async ({ node, send }, ids, heard) => {
            const response = await send('DescribeTransactions', { transactionalIds: [...ids] });
            for (const state of response.transactionStates) {
              heard(state.transactionalId, state, {
                transactionalId: state.transactionalId,
                state: state.transactionState,
                producerId: state.producerId,
                producerEpoch: state.producerEpoch,
                coordinator: node!,
                timeoutMs: state.transactionTimeoutMs,
                startTimeMs: state.transactionStartTimeMs < 0 ? null : state.transactionStartTimeMs,
                partitions: state.topics.flatMap(({ topic, partitions }) =>
                  partitions.map((partition) => ({ topic, partition })),
                ),
              });
            }
          },
        },
        options,
      ),

    /** Aborts what runs under these ids, and shuts out the producers that use them. */
    fenceProducers,

    /** Ends a transaction that hangs at its coordinator, two-phase ones too (KIP-939). */
    forceTerminateTransaction: async (
      transactionalId: string,
      options: ItemOptions<string> = {},
    ): Promise<void> => {
      await fenceProducers([transactionalId], options);
    },
  };
}
