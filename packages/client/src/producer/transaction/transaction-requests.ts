import { errorOf, errors, type RequestInput, type ResponseOutput } from '@tidelog/protocol';
import { brokerError, type KafkaClientError } from '../../client-error.ts';
import type { Coordinator } from '../../cluster/coordinator.ts';
import type { CommitIdentity, CommittedOffset } from '../../consumer/group/group-offsets.ts';
import { byTopic, keyOf, type TopicPartition } from '../../topic-partition.ts';
import type { ProducerIdentity } from '../producer-batch.ts';

/** As a producer in one transaction. */
export interface TransactionIdentity extends ProducerIdentity {
  readonly transactionalId: string;
}

/** The last versions whose brokers don't know of `transaction.version` 2 (KIP-890). */
const BEFORE_VERSION_2 = { TxnOffsetCommit: 4, EndTxn: 4 } as const;
/** From 4 on only brokers ask among themselves. */
const ADD_PARTITIONS_OF_CLIENTS = 3;

const UNKNOWN: ProducerIdentity = { producerId: -1, epoch: -1 };

/** A new id; or with the one before the next epoch of it, which fences nobody but its own past (KIP-360). */
export async function initProducerId(
  coordinator: Coordinator,
  transactionalId: string,
  options: { readonly before: ProducerIdentity | null; readonly timeoutMs: number },
): Promise<ProducerIdentity> {
  const { producerId, epoch: producerEpoch } = options.before ?? UNKNOWN;
  const transactionTimeoutMs = options.timeoutMs;
  const request = { transactionalId, transactionTimeoutMs, producerId, producerEpoch };
  const response = await coordinator.send('InitProducerId', request);
  check(coordinator, response.errorCode, `producer id of ${transactionalId}`);
  return { producerId: response.producerId, epoch: response.producerEpoch };
}

export async function addPartitions(
  coordinator: Coordinator,
  { transactionalId, producerId, epoch }: TransactionIdentity,
  partitions: readonly TopicPartition[],
): Promise<void> {
  const request: RequestInput<'AddPartitionsToTxn'> = {
    v3AndBelowTransactionalId: transactionalId,
    v3AndBelowProducerId: producerId,
    v3AndBelowProducerEpoch: epoch,
    v3AndBelowTopics: Array.from(byTopic(partitions), ([name, list]) => ({
      name,
      partitions: list.map(({ partition }) => partition),
    })),
  };
  const options = { maxVersion: ADD_PARTITIONS_OF_CLIENTS };
  const response = await coordinator.send('AddPartitionsToTxn', request, options);
  let first: KafkaClientError | null = null;
  for (const { name: topic, resultsByPartition } of response.resultsByTopicV3AndBelow) {
    for (const { partitionIndex: partition, partitionErrorCode } of resultsByPartition) {
      if (partitionErrorCode === errors.NONE.code) continue;
      const subject = `${keyOf({ topic, partition })} in transaction ${transactionalId}`;
      const error = brokerError(partitionErrorCode, subject);
      // The others were not tried because of the one that says why.
      if (first === null || first.code === 'OPERATION_NOT_ATTEMPTED') first = error;
    }
  }
  if (first === null) return;
  coordinator.heard(first);
  throw first;
}

export async function addOffsets(
  coordinator: Coordinator,
  { transactionalId, producerId, epoch: producerEpoch }: TransactionIdentity,
  groupId: string,
): Promise<void> {
  const request = { transactionalId, producerId, producerEpoch, groupId };
  const response = await coordinator.send('AddOffsetsToTxn', request);
  check(coordinator, response.errorCode, `group ${groupId} in transaction ${transactionalId}`);
}

/** To the coordinator of the group, which commits them when the transaction is committed. */
export async function commitTransactionOffsets(
  coordinator: Coordinator,
  { transactionalId, producerId, epoch: producerEpoch }: TransactionIdentity,
  content: {
    readonly group: CommitIdentity;
    readonly offsets: readonly CommittedOffset[];
    readonly version2: boolean;
  },
): Promise<void> {
  const { group, offsets, version2 } = content;
  const request: RequestInput<'TxnOffsetCommit'> = {
    transactionalId,
    producerId,
    producerEpoch,
    groupId: group.groupId,
    generationId: group.generationId,
    memberId: group.memberId,
    groupInstanceId: group.groupInstanceId,
    topics: Array.from(byTopic(offsets), ([name, list]) => ({
      name,
      partitions: list.map(({ partition, offset, leaderEpoch, metadata }) => ({
        partitionIndex: partition,
        committedOffset: offset,
        committedLeaderEpoch: leaderEpoch ?? -1,
        committedMetadata: metadata ?? '',
      })),
    })),
  };
  const options = version2 ? {} : { maxVersion: BEFORE_VERSION_2.TxnOffsetCommit };
  const response = await coordinator.send('TxnOffsetCommit', request, options);
  const error = offsetError(response, group.groupId);
  if (error === null) return;
  coordinator.heard(error);
  throw error;
}

/** What fails for good comes before what may succeed when it is sent again. */
function offsetError(
  { topics }: ResponseOutput<'TxnOffsetCommit'>,
  groupId: string,
): KafkaClientError | null {
  let passing: KafkaClientError | null = null;
  for (const { name: topic, partitions } of topics) {
    for (const { partitionIndex: partition, errorCode } of partitions) {
      if (errorCode === errors.NONE.code) continue;
      const subject = `offset of ${keyOf({ topic, partition })} for group ${groupId}`;
      const error = brokerError(errorCode, subject);
      if (!errorOf(errorCode).retriable) return error;
      passing = error;
    }
  }
  return passing;
}

/** The identity of the next transaction, or null where it stays the same. */
export async function endTransaction(
  coordinator: Coordinator,
  { transactionalId, producerId, epoch: producerEpoch }: TransactionIdentity,
  options: { readonly committed: boolean; readonly version2: boolean },
): Promise<ProducerIdentity | null> {
  const { committed, version2 } = options;
  const request = { transactionalId, producerId, producerEpoch, committed };
  const versions = version2 ? {} : { maxVersion: BEFORE_VERSION_2.EndTxn };
  const response = await coordinator.send('EndTxn', request, versions);
  const what = committed ? 'commit' : 'abort';
  check(coordinator, response.errorCode, `${what} of transaction ${transactionalId}`);
  if (response.producerId < 0) return null;
  return { producerId: response.producerId, epoch: response.producerEpoch };
}

function check(coordinator: Coordinator, errorCode: number, subject: string): void {
  if (errorCode === errors.NONE.code) return;
  const error = brokerError(errorCode, subject);
  coordinator.heard(error);
  throw error;
}
