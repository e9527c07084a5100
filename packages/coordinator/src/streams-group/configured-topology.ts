import type { TopicsView } from '../group/topics-view.ts';
import { decidePartitionCounts, NotCopartitioned } from './partition-counts.ts';
import { Refusal } from './refusal.ts';
import { heartbeatStatus, type Status, statusOf } from './status.ts';
import { compare } from './tasks.ts';
import { requiredTopics, sourcesOf, type TopicInfo, type Topology } from './topology.ts';

/** A topic that a topology needs for itself, as it is to be created. */
export interface InternalTopic {
  readonly name: string;
  readonly numPartitions: number;
  /** -1: as the broker is set. */
  readonly replicationFactor: number;
  readonly configs: ReadonlyMap<string, string>;
}

export interface ConfiguredSubtopology {
  readonly id: string;
  readonly taskCount: number;
  readonly stateful: boolean;
  readonly sourceTopics: readonly string[];
  readonly repartitionSinkTopics: readonly string[];
  /** With their numbers of partitions. */
  readonly repartitionSourceTopics: readonly TopicInfo[];
  readonly stateChangelogTopics: readonly TopicInfo[];
}

/** A topology held against the topics that there are. */
export interface ConfiguredTopology {
  readonly epoch: number;
  /** In the order of their ids; null where the topics do not allow the topology. */
  readonly subtopologies: readonly ConfiguredSubtopology[] | null;
  readonly missingTopics: readonly InternalTopic[];
  /** Why tasks cannot run yet; null when they can. */
  readonly problem: Status | null;
}

/** Works out tasks and internal topics. A Refusal: the topology can never run. */
export function configureTopology(
  topology: Topology,
  topics: TopicsView,
): ConfiguredTopology | Refusal {
  const { epoch } = topology;
  const failed = (problem: Status) => ({ epoch, subtopologies: null, missingTopics: [], problem });
  const missing = topology.subtopologies
    .flatMap(({ sourceTopics }) => sourceTopics)
    .filter((topic) => topics.byName(topic) === undefined);
  if (missing.length > 0) {
    const list = summary([...new Set(missing)].toSorted());
    return failed(
      statusOf(heartbeatStatus.MISSING_SOURCE_TOPICS, `Source topics ${list} are missing.`),
    );
  }
  const existing = (topic: string) => topics.byName(topic)?.partitionCount;
  const counts = decidePartitionCounts(topology, existing);
  if (counts instanceof Refusal) return counts;
  if (counts instanceof NotCopartitioned) {
    return failed(statusOf(heartbeatStatus.INCORRECTLY_PARTITIONED_TOPICS, counts.detail));
  }
  const subtopologies = configureAll(topology, existing, counts);
  const needed = new Map<string, InternalTopic>();
  for (const { repartitionSourceTopics, stateChangelogTopics } of subtopologies) {
    for (const topic of [...repartitionSourceTopics, ...stateChangelogTopics]) {
      needed.set(topic.name, internalTopic(topic));
    }
  }
  for (const name of requiredTopics(topology)) {
    const found = existing(name);
    const expected = needed.get(name)?.numPartitions;
    if (found === undefined) continue;
    if (expected !== undefined && expected !== found) {
      return failed(
        statusOf(
          heartbeatStatus.INCORRECTLY_PARTITIONED_TOPICS,
          `Existing topic ${name} has different number of partitions: expected ${expected}, ` +
            `found ${found}`,
        ),
      );
    }
    needed.delete(name);
  }
  if (needed.size === 0) return { epoch, subtopologies, missingTopics: [], problem: null };
  const detail = `Internal topics are missing: ${summary([...needed.keys()])}`;
  const problem = statusOf(heartbeatStatus.MISSING_INTERNAL_TOPICS, detail);
  return { epoch, subtopologies, missingTopics: [...needed.values()], problem };
}

function configureAll(
  { subtopologies }: Topology,
  existing: (topic: string) => number | undefined,
  counts: ReadonlyMap<string, number>,
): ConfiguredSubtopology[] {
  const withCount = (topic: TopicInfo): TopicInfo => ({
    ...topic,
    partitions: topic.partitions === 0 ? counts.get(topic.name)! : topic.partitions,
  });
  return subtopologies
    .map((part) => ({
      id: part.subtopologyId,
      taskCount: Math.max(
        ...sourcesOf(part).map((topic) => existing(topic) ?? counts.get(topic) ?? 0),
      ),
      stateful: part.stateChangelogTopics.length > 0,
      sourceTopics: part.sourceTopics,
      repartitionSinkTopics: part.repartitionSinkTopics,
      repartitionSourceTopics: part.repartitionSourceTopics.map(withCount),
      stateChangelogTopics: part.stateChangelogTopics.map(withCount),
    }))
    .toSorted((a, b) => compare(a.id, b.id));
}

function internalTopic({ name, partitions, replicationFactor, topicConfigs }: TopicInfo) {
  return {
    name,
    numPartitions: partitions,
    replicationFactor: replicationFactor === 0 ? -1 : replicationFactor,
    configs: new Map(topicConfigs.map(({ key, value }) => [key, value])),
  };
}

function summary(topics: readonly string[]): string {
  const shown = topics.slice(0, 3).join(', ');
  return topics.length > 3 ? `${shown} and ${topics.length - 3} additional topics` : shown;
}
