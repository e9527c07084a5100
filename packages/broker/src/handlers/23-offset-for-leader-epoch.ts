import { errors, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';
import type { Handler } from './handler.ts';

type Question = RequestOf<'OffsetForLeaderEpoch'>['topics'][number]['partitions'][number];
type Answer = ResponseOf<'OffsetForLeaderEpoch'>['topics'][number]['partitions'][number];

/**
 * Versions 2 to 4 (KIP-320): where an epoch ends in the leader's log, with the epoch that the answer
 * really is about: the requested one, or the largest below it. Both are -1 when nothing is known.
 */
export const offsetForLeaderEpoch: Handler<'OffsetForLeaderEpoch'> = (
  request,
  _context,
  broker,
) => ({
  topics: request.topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map((question) => answer(topic, question, broker)),
  })),
});

function answer(
  topic: string,
  { partition: index, currentLeaderEpoch, leaderEpoch }: Question,
  broker: BrokerServices,
): Answer {
  const refuse = (errorCode: number): Answer => ({
    partition: index,
    errorCode,
    leaderEpoch: -1,
    endOffset: -1,
  });
  const partition = broker.partitions.find(topic, index);
  if ('code' in partition) return refuse(partition.code);
  const error = partition.checkLeader(currentLeaderEpoch);
  if (error !== errors.NONE) return refuse(error.code);
  const end = partition.log.endOffsetForEpoch(leaderEpoch);
  if (end === null) return refuse(errors.NONE.code);
  return { partition: index, errorCode: errors.NONE.code, ...end };
}
