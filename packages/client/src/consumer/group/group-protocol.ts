import {
  consumerProtocolAssignment,
  consumerProtocolSubscription,
  Reader,
  Writer,
} from '@tidelog/protocol';
import { byTopic, type TopicPartition } from '../../topic-partition.ts';
import type { Assignor, GroupMember } from '../assignors/assignor.ts';

/** What members say to each other through the group's coordinator, who does not look into it. */
export const CONSUMER_PROTOCOL_TYPE = 'consumer';

const HIGHEST_VERSION = 3;

export interface OwnSubscription {
  readonly topics: readonly string[];
  readonly owned: readonly TopicPartition[];
  readonly generationId: number;
  /** What was assigned last, in that generation; `owned` where it is not given. */
  readonly before?: readonly TopicPartition[];
}

export function encodeSubscription(
  { topics, owned, generationId, before = owned }: OwnSubscription,
  assignor: Assignor,
): Buffer {
  const writer = new Writer();
  writer.int16(HIGHEST_VERSION);
  consumerProtocolSubscription.write(
    writer,
    {
      topics: topics.toSorted(),
      userData: assignor.userData?.(generationId, before) ?? null,
      ownedPartitions: Array.from(byTopic(owned), ([topic, list]) => ({
        topic,
        partitions: list.map(({ partition }) => partition),
      })),
      generationId,
    },
    HIGHEST_VERSION,
  );
  return writer.toBuffer();
}

/** Null where a member's metadata cannot be read. */
export function decodeSubscription(
  metadata: Buffer,
): Omit<GroupMember, 'memberId' | 'groupInstanceId'> | null {
  const reader = new Reader(metadata);
  // A later version begins as the ones before it.
  const version = Math.min(reader.int16(), HIGHEST_VERSION);
  if (reader.failed || version < 0) return null;
  const { topics, userData, ownedPartitions, generationId } = consumerProtocolSubscription.read(
    reader,
    version,
  );
  if (reader.failed) return null;
  const encodedGeneration = userData?.length === 4 ? userData.readInt32BE(0) : -1;
  return {
    topics,
    owned: ownedPartitions.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    ),
    generationId: version >= 2 ? generationId : encodedGeneration,
    userData,
  };
}

export function encodeAssignment(partitions: readonly TopicPartition[]): Buffer {
  const writer = new Writer();
  writer.int16(0);
  const assignedPartitions = Array.from(byTopic(partitions), ([topic, list]) => ({
    topic,
    partitions: list.map(({ partition }) => partition),
  }));
  consumerProtocolAssignment.write(writer, { assignedPartitions, userData: null }, 0);
  return writer.toBuffer();
}

/** Null where an assignment cannot be read. An empty one, of a member without partitions, has no bytes. */
export function decodeAssignment(assignment: Buffer): TopicPartition[] | null {
  if (assignment.length === 0) return [];
  const reader = new Reader(assignment);
  const version = Math.min(reader.int16(), HIGHEST_VERSION);
  if (reader.failed || version < 0) return null;
  const { assignedPartitions } = consumerProtocolAssignment.read(reader, version);
  if (reader.failed) return null;
  return assignedPartitions.flatMap(({ topic, partitions }) =>
    partitions.map((partition) => ({ topic, partition })),
  );
}
