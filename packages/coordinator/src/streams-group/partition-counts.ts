import { errors } from '@tidelog/protocol';
import { Refusal } from './refusal.ts';
import { sourcesOf, type Subtopology, type Topology } from './topology.ts';

/** Topics that must be partitioned alike are not. */
export class NotCopartitioned {
  readonly detail: string;

  constructor(detail: string) {
    this.detail = detail;
  }
}

/**
 * How many partitions repartition and changelog topics shall have: as many as the topics that feed
 * them, and the same where topics are joined. `existing` answers for topics that are there. The
 * source topics of the topology are.
 */
export function decidePartitionCounts(
  topology: Topology,
  existing: (topic: string) => number | undefined,
): ReadonlyMap<string, number> | NotCopartitioned | Refusal {
  const repartition = repartitionCounts(topology, existing);
  if (repartition instanceof Refusal) return repartition;
  const counts = new Map(repartition);
  const countOf = (topic: string) => existing(topic) ?? counts.get(topic) ?? 0;
  const fixed = new Set(
    topology.subtopologies.flatMap(({ repartitionSourceTopics }) =>
      repartitionSourceTopics.filter(({ partitions }) => partitions !== 0).map(({ name }) => name),
    ),
  );
  for (const subtopology of topology.subtopologies) {
    for (const topics of copartitionGroups(subtopology)) {
      const decided = copartition(topics, fixed, { countOf, decided: repartition });
      if (decided instanceof NotCopartitioned) return decided;
      for (const [topic, count] of decided) counts.set(topic, count);
    }
  }
  for (const part of topology.subtopologies) {
    const sources = sourcesOf(part);
    if (sources.length === 0) {
      const message = `No source topics found for subtopology ${part.subtopologyId}`;
      return new Refusal(errors.STREAMS_INVALID_TOPOLOGY, message);
    }
    const most = Math.max(...sources.map(countOf));
    for (const { name } of part.stateChangelogTopics) counts.set(name, most);
  }
  return counts;
}

/** A repartition topic has as many partitions as the largest source of the part that feeds it. */
function repartitionCounts(
  { subtopologies }: Topology,
  existing: (topic: string) => number | undefined,
): ReadonlyMap<string, number> | Refusal {
  const counts = new Map<string, number>();
  for (const { repartitionSourceTopics } of subtopologies) {
    for (const { name, partitions } of repartitionSourceTopics) {
      if (partitions !== 0) counts.set(name, partitions);
    }
  }
  for (let unknown = true; unknown; ) {
    unknown = false;
    let progress = false;
    for (const part of subtopologies) {
      for (const sink of part.repartitionSinkTopics) {
        if (counts.has(sink)) continue;
        const known = [
          ...part.repartitionSourceTopics.map(({ name }) => counts.get(name)),
          ...part.sourceTopics.map(existing),
        ].filter((count) => count !== undefined);
        if (known.length === 0) {
          unknown = true;
        } else {
          counts.set(sink, Math.max(...known));
          progress = true;
        }
      }
    }
    if (unknown && !progress) {
      return new Refusal(
        errors.STREAMS_INVALID_TOPOLOGY,
        'the partitions of repartition topics cannot be told: the topology may have loops',
      );
    }
  }
  for (const { repartitionSourceTopics } of subtopologies) {
    for (const { name } of repartitionSourceTopics) {
      if (counts.has(name)) continue;
      return new Refusal(
        errors.STREAMS_INVALID_TOPOLOGY,
        `nothing is written to the repartition topic ${name}`,
      );
    }
  }
  return counts;
}

function copartitionGroups(part: Subtopology): string[][] {
  return part.copartitionGroups.map((group) => [
    ...group.sourceTopics.map((i) => part.sourceTopics[i]!),
    ...group.repartitionSourceTopics.map((i) => part.repartitionSourceTopics[i]!.name),
  ]);
}

interface Counts {
  readonly countOf: (topic: string) => number;
  /** Repartition topics. */
  readonly decided: ReadonlyMap<string, number>;
}

/** The number of partitions that joined topics have in common, for the repartition topics of them. */
function copartition(
  topics: readonly string[],
  fixed: ReadonlySet<string>,
  { countOf, decided }: Counts,
): ReadonlyMap<string, number> | NotCopartitioned {
  if (topics.length === 0) return new Map();
  const repartition = topics.filter((topic) => decided.has(topic));
  const external = topics.filter((topic) => !decided.has(topic));
  // Where all are repartition topics those with a fixed number decide.
  const deciding = external.length > 0 ? external : [...fixed];
  let count: number;
  if (deciding.length === 0) {
    count = Math.max(0, ...repartition.map(countOf));
  } else {
    count = countOf(deciding[0]!);
    if (deciding.some((topic) => countOf(topic) !== count)) {
      const list = (external.length > 0 ? external : repartition)
        .toSorted()
        .map((topic) => `${topic}=${countOf(topic)}`);
      return new NotCopartitioned(
        `Following topics do not have the same number of partitions: [{${list.join(', ')}}]`,
      );
    }
  }
  for (const topic of repartition) {
    if (fixed.has(topic) && countOf(topic) !== count) {
      return new NotCopartitioned(
        `Number of partitions [${countOf(topic)}] of repartition topic [${topic}] doesn't match ` +
          `number of partitions [${count}] of the source topic.`,
      );
    }
  }
  return new Map(repartition.map((topic) => [topic, count]));
}
