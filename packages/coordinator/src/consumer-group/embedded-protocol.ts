import {
  consumerProtocolAssignment,
  consumerProtocolSubscription,
  type Decoded,
  type Message,
  Reader,
  type Struct,
  Writer,
} from '@tidelog/protocol';
import type { TopicPartitions } from '../assignors/assignor.ts';
import type { TopicsView } from '../group/topics-view.ts';
import type { AssignmentEpochs } from './consumer-member.ts';
import type { OwnedPartitions } from './reconcile.ts';

/** What consumers of the classic protocol tell each other inside of JoinGroup and SyncGroup. */

export type EmbeddedSubscription = Decoded<typeof consumerProtocolSubscription>;

/** Null: the bytes are none. A version newer than we know begins like the newest. */
export function readSubscription(bytes: Buffer): EmbeddedSubscription | null {
  return read(consumerProtocolSubscription, bytes);
}

/** An assignment; empty bytes are what a member has before its first sync. */
export function readAssignment(bytes: Buffer): Decoded<typeof consumerProtocolAssignment> | null {
  if (bytes.length === 0) return { assignedPartitions: [], userData: null };
  return read(consumerProtocolAssignment, bytes);
}

/** The assignment for a member, in the version in which it wrote its subscription. */
export function writeAssignment(
  assigned: AssignmentEpochs | TopicPartitions,
  topics: TopicsView,
  subscription: Buffer,
): Buffer {
  const version = versionOf(consumerProtocolAssignment, subscription) ?? 0;
  const assignedPartitions = [...assigned].flatMap(([topicId, partitions]) => {
    const topic = topics.byId(topicId);
    return topic === undefined ? [] : [{ topic: topic.name, partitions: [...partitions.keys()] }];
  });
  const writer = new Writer(64);
  writer.int16(version);
  consumerProtocolAssignment.write(writer, { assignedPartitions, userData: null }, version);
  return writer.toBuffer();
}

/** Partitions by topic id; topics that are not there any more are left out. */
export function byTopicId(
  partitions: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
  topics: TopicsView,
): OwnedPartitions {
  return partitions.flatMap(({ topic, partitions: ids }) => {
    const found = topics.byName(topic);
    return found === undefined ? [] : [{ topicId: found.id, partitions: ids }];
  });
}

function read<S extends Struct>(message: Message<S>, bytes: Buffer): Decoded<Message<S>> | null {
  const version = versionOf(message, bytes);
  if (version === null) return null;
  const reader = new Reader(bytes.subarray(2));
  const value = message.read(reader, version);
  return reader.failed ? null : value;
}

function versionOf(message: Message<Struct>, bytes: Buffer): number | null {
  if (bytes.length < 2) return null;
  const version = bytes.readInt16BE(0);
  return version < 0 ? null : Math.min(version, message.versions[1]);
}
