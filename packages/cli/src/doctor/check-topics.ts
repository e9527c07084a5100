import type { ClusterView, TopicView } from './cluster-view.ts';
import { type Finding, named } from './finding.ts';

type Partition = TopicView['partitions'][number];

/** Partitions that cannot be read or written, or soon may not; replicas and how many must have a record. */
export function checkTopics({ topics, brokers }: ClusterView): Finding[] {
  return [
    ...topics.flatMap(checkPartitions),
    ...topics.flatMap(minInsyncAboveReplicas),
    ...(brokers.length > 1 ? singleReplicas(topics) : []),
    ...oneReplicaAnswers(topics),
    ...uncleanElections(topics),
  ];
}

function minInsync({ configs }: TopicView): number {
  return Number(configs.get('min.insync.replicas') ?? 1);
}

function checkPartitions(topic: TopicView): Finding[] {
  const nameOf = ({ partition }: Partition): string => `${topic.topic}-${partition}`;
  const needed = (partition: Partition): number =>
    Math.min(minInsync(topic), partition.replicas.length);
  return topic.partitions.flatMap((partition): Finding[] => {
    const { leader, replicas, inSyncReplicas } = partition;
    const about = { area: 'topic', subject: nameOf(partition) } as const;
    if (leader < 0) {
      return [
        {
          severity: 'error',
          ...about,
          finding: `it has no leader, and can be neither read nor written; replicas: ${replicas.join(', ')}`,
          advice: `start one of the brokers ${inSyncReplicas.length > 0 ? inSyncReplicas.join(', ') : replicas.join(', ')}`,
        },
      ];
    }
    if (inSyncReplicas.length < needed(partition)) {
      return [
        {
          severity: 'error',
          ...about,
          finding: `${inSyncReplicas.length} of ${replicas.length} replicas are in sync, and acks=all needs ${needed(partition)}`,
          advice: `start the brokers ${missing(partition)}, or see why they cannot follow`,
        },
      ];
    }
    if (inSyncReplicas.length < replicas.length) {
      return [
        {
          severity: 'warning',
          ...about,
          finding: `it is under-replicated: ${inSyncReplicas.length} of ${replicas.length} replicas are in sync`,
          advice: `start the brokers ${missing(partition)}, or see why they cannot follow`,
        },
      ];
    }
    return [];
  });
}

function missing({ replicas, inSyncReplicas }: Partition): string {
  return replicas.filter((id) => !inSyncReplicas.includes(id)).join(', ');
}

function minInsyncAboveReplicas(topic: TopicView): Finding[] {
  const replicas = Math.min(...topic.partitions.map((partition) => partition.replicas.length));
  const wanted = minInsync(topic);
  if (wanted <= replicas) return [];
  return [
    {
      severity: 'warning',
      area: 'topic',
      subject: topic.topic,
      finding: `min.insync.replicas is ${wanted}, and there are ${replicas} replicas: acks=all may be refused, and protects less than it says`,
      advice: 'add replicas, or lower min.insync.replicas',
    },
  ];
}

function singleReplicas(topics: readonly TopicView[]): Finding[] {
  const single = topics.filter(({ partitions }) =>
    partitions.some(({ replicas }) => replicas.length === 1),
  );
  if (single.length === 0) return [];
  return [
    {
      severity: 'warning',
      area: 'topic',
      subject: named(single.map(({ topic }) => topic)),
      finding: 'one replica: the loss of a broker loses the records',
      advice: 'reassign the partitions to three brokers',
    },
  ];
}

/** Three replicas of which one has to have a record. */
function oneReplicaAnswers(topics: readonly TopicView[]): Finding[] {
  const weak = topics.filter(
    (topic) =>
      minInsync(topic) === 1 && topic.partitions.every(({ replicas }) => replicas.length >= 3),
  );
  if (weak.length === 0) return [];
  return [
    {
      severity: 'warning',
      area: 'topic',
      subject: named(weak.map(({ topic }) => topic)),
      finding: 'acks=all is content with one replica when the others are away',
      advice: 'set min.insync.replicas=2',
    },
  ];
}

function uncleanElections(topics: readonly TopicView[]): Finding[] {
  const unclean = topics.filter(
    ({ configs }) => configs.get('unclean.leader.election.enable') === 'true',
  );
  if (unclean.length === 0) return [];
  return [
    {
      severity: 'warning',
      area: 'topic',
      subject: named(unclean.map(({ topic }) => topic)),
      finding: 'a replica that is not in sync may become leader, and records may be lost',
      advice: 'set unclean.leader.election.enable=false',
    },
  ];
}
