import { array, bytes, int32, string } from '../schema/field.ts';
import { message } from '../schema/message.ts';

export const consumerProtocolSubscription = message({
  name: 'ConsumerProtocolSubscription',
  versions: [0, 3],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    topics: array(string),
    userData: bytes.nullable().default(null),
    ownedPartitions: array({
      topic: string.since(1),
      partitions: array(int32).since(1),
    })
      .since(1)
      .ignorable(),
    generationId: int32.since(2).default(-1).ignorable(),
    rackId: string.since(3).nullable().default(null).ignorable(),
  },
});

export const consumerProtocolAssignment = message({
  name: 'ConsumerProtocolAssignment',
  versions: [0, 3],
  flexible: Number.POSITIVE_INFINITY,
  fields: {
    assignedPartitions: array({
      topic: string,
      partitions: array(int32),
    }),
    userData: bytes.nullable().default(null),
  },
});
