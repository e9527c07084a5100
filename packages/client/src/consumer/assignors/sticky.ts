import { Reader, Writer } from '@tidelog/protocol';
import { byTopic, type TopicPartition } from '../../topic-partition.ts';
import type { GroupMember, PureAssignor } from './assignor.ts';
import { balanceStickily } from './sticky-balance.ts';

/**
 * Balanced, and as much as possible as it was before; eager. What a member had goes along with its
 * subscription, as it owns nothing any more when it joins (the assignor `sticky` of Java's clients).
 */
export const stickyAssignor: PureAssignor = {
  name: 'sticky',
  protocol: 'eager',
  userData(generationId, before) {
    const writer = new Writer();
    const topics = byTopic(before);
    writer.int32(topics.size);
    for (const [topic, partitions] of topics) {
      writer.string(topic);
      writer.int32(partitions.length);
      for (const { partition } of partitions) writer.int32(partition);
    }
    writer.int32(generationId);
    return writer.toBuffer();
  },
  assign(members, partitionCounts) {
    return balanceStickily(members.map(asOwner), partitionCounts);
  },
};

/** A member that owns what it says that it had. What cannot be read is as good as nothing. */
function asOwner(member: GroupMember): GroupMember {
  if (member.userData === null) return member;
  const reader = new Reader(Buffer.from(member.userData));
  const owned: TopicPartition[] = [];
  const topics = reader.arrayLength(reader.length32(), false, 6);
  for (let i = 0; i < topics && !reader.failed; i++) {
    const topic = reader.string(reader.length16(), false)!;
    const partitions = reader.arrayLength(reader.length32(), false, 4);
    for (let j = 0; j < partitions; j++) owned.push({ topic, partition: reader.int32() });
  }
  if (reader.failed) return { ...member, owned: [], generationId: -1 };
  // The first version of it had no generation.
  const generationId = reader.remaining() >= 4 ? reader.int32() : -1;
  return { ...member, owned, generationId };
}
