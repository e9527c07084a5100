import type { ResponseOutput } from '@tidelog/protocol';
import { KafkaClientError } from '../../client-error.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { Assignor, GroupMember } from '../assignors/assignor.ts';
import type { ConsumerSettings } from '../consumer-settings.ts';
import { decodeSubscription, encodeAssignment } from './group-protocol.ts';

interface Context {
  readonly cluster: Cluster;
  readonly settings: ConsumerSettings;
  readonly groupId: string;
}

/**
 * What the leader of a classic group does: shares out the partitions of all that the members subscribe to.
 * `counts` tells on how many partitions of each topic it stands; 0 for topics that do not exist.
 */
export async function shareOut(
  context: Context,
  joined: ResponseOutput<'JoinGroup'>,
): Promise<{
  counts: Map<string, number>;
  assignments: { memberId: string; assignment: Buffer }[];
}> {
  const { cluster, settings, groupId } = context;
  const assignor = assignorNamed(context, joined.protocolName);
  const members = joined.members.map(({ memberId, groupInstanceId, metadata }): GroupMember => {
    const subscription = decodeSubscription(metadata);
    if (subscription === null) {
      throw new KafkaClientError(
        'INCONSISTENT_GROUP_PROTOCOL',
        `member ${memberId} of group ${groupId} sent a subscription that cannot be read`,
      );
    }
    return { memberId, groupInstanceId, ...subscription };
  });
  const topics = new Set(members.flatMap(({ topics }) => topics));
  await cluster.refresh(topics, settings.allowAutoTopicCreation).catch((error) => {
    if (error.code !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error; // it may come to be
  });
  const counts = new Map<string, number>();
  for (const topic of topics) {
    counts.set(topic, cluster.metadata.topic(topic)?.partitions.length ?? 0);
  }
  const existing = new Map([...counts].filter(([, count]) => count > 0));
  const shares = await assignor.assign(members, existing);
  const assignments = Array.from(shares, ([memberId, partitions]) => ({
    memberId,
    assignment: encodeAssignment(partitions),
  }));
  return { counts, assignments };
}

function assignorNamed({ settings, groupId }: Context, name: string | null): Assignor {
  const assignor = settings.assignors.find((candidate) => candidate.name === name);
  if (assignor !== undefined) return assignor;
  throw new KafkaClientError(
    'INCONSISTENT_GROUP_PROTOCOL',
    `group ${groupId} chose the assignor ${name}, which this consumer does not have`,
  );
}
