import type { RequestOf } from '@tidelog/protocol';
import type { StreamsGroupEvent } from './records.ts';
import { compare } from './tasks.ts';

/** What the members of a group run: parts that are joined by topics, each with tasks of its own. */
export type Topology = Readonly<
  NonNullable<Extract<StreamsGroupEvent, { kind: 'StreamsGroupTopology' }>['value']>
>;
export type Subtopology = Topology['subtopologies'][number];
export type TopicInfo = Subtopology['stateChangelogTopics'][number];

export type SentTopology = NonNullable<RequestOf<'StreamsGroupHeartbeat'>['topology']>;

/** A copy: of what a request brings, nothing is kept. */
export function topologyOf({ epoch, subtopologies }: SentTopology): Topology {
  const topic = ({ topicConfigs, ...info }: TopicInfo): TopicInfo => ({
    ...info,
    topicConfigs: topicConfigs.map(({ key, value }) => ({ key, value })),
  });
  return {
    epoch,
    subtopologies: subtopologies.map((part) => ({
      subtopologyId: part.subtopologyId,
      sourceTopics: [...part.sourceTopics],
      sourceTopicRegex: [...part.sourceTopicRegex],
      stateChangelogTopics: part.stateChangelogTopics.map(topic),
      repartitionSinkTopics: [...part.repartitionSinkTopics],
      repartitionSourceTopics: part.repartitionSourceTopics.map(topic),
      copartitionGroups: part.copartitionGroups.map((group) => ({
        sourceTopics: [...group.sourceTopics],
        sourceTopicRegex: [...group.sourceTopicRegex],
        repartitionSourceTopics: [...group.repartitionSourceTopics],
      })),
    })),
  };
}

/** The order of subtopologies says nothing. */
export function sameTopology(a: Topology, b: Topology): boolean {
  const text = ({ epoch, subtopologies }: Topology) =>
    JSON.stringify([
      epoch,
      subtopologies.toSorted((c, d) => compare(c.subtopologyId, d.subtopologyId)),
    ]);
  return text(a) === text(b);
}

/** The topics that a subtopology's tasks read. */
export function sourcesOf({ sourceTopics, repartitionSourceTopics }: Subtopology): string[] {
  return [...sourceTopics, ...repartitionSourceTopics.map(({ name }) => name)];
}

/** All topics that must be there before tasks can run, in the order of their names. */
export function requiredTopics({ subtopologies }: Topology): string[] {
  const names = subtopologies.flatMap((part) => [
    ...sourcesOf(part),
    ...part.stateChangelogTopics.map(({ name }) => name),
  ]);
  return [...new Set(names)].toSorted();
}
