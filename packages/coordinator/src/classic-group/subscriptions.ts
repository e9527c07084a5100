import { consumerProtocolSubscription, Reader } from '@tidelog/protocol';
import type { ClassicGroup } from './classic-group.ts';

/**
 * The topics that a consumer group's members subscribe to; null when one member's metadata cannot be
 * read. Version 0 begins every version of the subscription, so it is read whatever a member says.
 */
export function subscribedTopics(group: ClassicGroup): ReadonlySet<string> | null {
  const topics = new Set<string>();
  if (group.members.size === 0) return topics;
  if (group.protocolName === null) return null;
  for (const member of group.members.values()) {
    const metadata = member.metadata(group.protocolName);
    if (metadata.length < 2 || metadata.readInt16BE(0) < 0) return null;
    const reader = new Reader(metadata.subarray(2));
    const subscription = consumerProtocolSubscription.read(reader, 0);
    if (reader.failed) return null;
    for (const topic of subscription.topics) topics.add(topic);
  }
  return topics;
}
