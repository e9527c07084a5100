import { errors, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';
import type { Handler } from './handler.ts';

type Topics = RequestOf<'AddPartitionsToTxn'>['v3AndBelowTopics'];
type TopicResults = NonNullable<ResponseOf<'AddPartitionsToTxn'>['resultsByTopicV3AndBelow']>;

/** From this version on brokers ask for many transactions at once. */
const BATCHED_VERSION = 4;

/**
 * Versions 0 to 5. All partitions of a transaction must exist: otherwise those that don't are
 * UNKNOWN_TOPIC_OR_PARTITION, and the others OPERATION_NOT_ATTEMPTED.
 */
export const addPartitionsToTxn: Handler<'AddPartitionsToTxn'> = async (
  request,
  context,
  broker,
) => {
  if (context.apiVersion < BATCHED_VERSION) {
    const refused = refuseUnknown(request.v3AndBelowTopics, broker);
    if (refused !== null) return { resultsByTopicV3AndBelow: refused };
    return broker.transactions.addPartitionsToTxn(request, context);
  }
  const refusals = request.transactions.map(({ topics }) => refuseUnknown(topics, broker));
  const transactions = request.transactions.filter((_, at) => refusals[at] === null);
  const answer = await broker.transactions.addPartitionsToTxn(
    { ...request, transactions },
    context,
  );
  const answered = [...(answer.resultsByTransaction ?? [])];
  return {
    ...answer,
    resultsByTransaction: request.transactions.map(({ transactionalId }, at) => {
      const topicResults = refusals[at];
      return topicResults ? { transactionalId, topicResults } : answered.shift()!;
    }),
  };
};

/** Null when all partitions exist. */
function refuseUnknown(topics: Topics, broker: BrokerServices): TopicResults | null {
  let complete = true;
  const results = topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map((partitionIndex) => {
      const image = broker.metadata.image.topics.partition(name, partitionIndex);
      complete &&= image !== undefined;
      const error =
        image === undefined ? errors.UNKNOWN_TOPIC_OR_PARTITION : errors.OPERATION_NOT_ATTEMPTED;
      return { partitionIndex, partitionErrorCode: error.code };
    }),
  }));
  return complete ? null : results;
}
