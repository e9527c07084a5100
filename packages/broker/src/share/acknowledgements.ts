import { ACKNOWLEDGE_TYPE, type AcknowledgementBatch } from '@tidelog/coordinator';
import { errors, type KafkaError } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';
import type { SessionPartition } from './share-sessions.ts';

interface AcknowledgedTopic {
  readonly topicId: string;
  readonly partitions: readonly {
    readonly partitionIndex: number;
    readonly acknowledgementBatches: readonly AcknowledgementBatch[];
  }[];
}

export interface Acknowledgements {
  readonly groupId: string;
  readonly memberId: string;
  readonly topics: readonly AcknowledgedTopic[];
  /** The version knows RENEW (KIP-1222). */
  readonly knowsRenew: boolean;
  /** The request says that there are some with RENEW. */
  readonly isRenewAck: boolean;
}

export interface AcknowledgementResult extends SessionPartition {
  readonly error: KafkaError;
}

/** Begins all acknowledgements in this turn; resolves when what counts is written. */
export function acknowledge(
  acknowledgements: Acknowledgements,
  broker: BrokerServices,
): Promise<AcknowledgementResult[]> {
  // A partition that is named twice counts as it is named last.
  const named = new Map<string, SessionPartition & { batches: readonly AcknowledgementBatch[] }>();
  for (const { topicId, partitions } of acknowledgements.topics) {
    for (const { partitionIndex: index, acknowledgementBatches: batches } of partitions) {
      named.set(`${topicId}:${index}`, { topicId, index, batches });
    }
  }
  return Promise.all(
    Array.from(named.values(), async ({ topicId, index, batches }) => {
      const { groupId, memberId } = acknowledgements;
      const refused = refusal({ topicId, index }, batches, acknowledgements, broker);
      if (refused !== null) return { topicId, index, error: refused };
      const shared = broker.sharing.partitions.find(groupId, topicId, index);
      const error =
        shared === undefined
          ? errors.UNKNOWN_TOPIC_OR_PARTITION
          : await shared.acknowledge(memberId, batches);
      return { topicId, index, error };
    }),
  );
}

/** Why the acknowledgements of a partition are not even tried; NONE when there are none. */
function refusal(
  { topicId, index }: SessionPartition,
  batches: readonly AcknowledgementBatch[],
  { knowsRenew, isRenewAck }: Acknowledgements,
  broker: BrokerServices,
): KafkaError | null {
  const topic = broker.metadata.image.topics.byId(topicId);
  if (topic === undefined) return errors.UNKNOWN_TOPIC_ID;
  const highestType = knowsRenew ? ACKNOWLEDGE_TYPE.RENEW : ACKNOWLEDGE_TYPE.REJECT;
  let previousLast = -1;
  for (const { firstOffset, lastOffset, acknowledgeTypes } of batches) {
    const count = acknowledgeTypes.length;
    const inOrder = firstOffset <= lastOffset && firstOffset >= previousLast;
    const oneForEach = count === 1 || (count > 1 && lastOffset - firstOffset === count - 1);
    const known = acknowledgeTypes.every((type) => type >= 0 && type <= highestType);
    const renews = acknowledgeTypes.includes(ACKNOWLEDGE_TYPE.RENEW);
    if (!inOrder || !oneForEach || !known || (renews && !isRenewAck)) return errors.INVALID_REQUEST;
    previousLast = lastOffset;
  }
  if (topic.partitions[index] === undefined) return errors.UNKNOWN_TOPIC_OR_PARTITION;
  return batches.length === 0 ? errors.NONE : null;
}
