import { Violation } from '../../scenario.ts';
import type { History, PartitionHistory, TopicHistory } from './history.ts';

export interface ObservedPartition {
  readonly logStartOffset: number;
  readonly highWatermark: number;
  /** Offsets and values, in the order in which they were read. */
  readonly records: readonly (readonly [offset: number, value: string])[];
}

export interface ObservedTopic {
  readonly id: string | null;
  /** What was set for the topic itself. */
  readonly configs: ReadonlyMap<string, string>;
  readonly partitions: readonly ObservedPartition[];
}

/** All that clients can see, read while no change was on its way. */
export interface Observation {
  readonly topics: ReadonlyMap<string, ObservedTopic>;
  /** By `commitKey`. */
  readonly commits: ReadonlyMap<string, number>;
}

/**
 * Holds what is there against what was asked for and promised; throws a Violation. What was seen is a
 * promise from then on.
 */
export function check(history: History, observation: Observation): void {
  for (const name of observation.topics.keys()) {
    demand(history.topics.has(name), `topic ${name} is there, and nobody created it`);
  }
  for (const topic of history.topics.values()) {
    const observed = observation.topics.get(topic.name);
    const isPresent = observed !== undefined;
    demand(
      topic.present.allows(isPresent),
      `topic ${topic.name} is ${isPresent ? 'there though it was deleted' : 'gone'}`,
    );
    topic.present.settle(isPresent);
    if (observed !== undefined) checkTopic(history, topic, observed);
  }
  for (const [key, offset] of observation.commits) {
    demand(history.commits.has(key), `${key} was never committed, and is at ${offset}`);
  }
  for (const [key, expected] of history.commits) {
    const found = observation.commits.get(key);
    demand(expected.allows(found), `the commit of ${key} is ${found}, not ${expected.describe()}`);
  }
}

function checkTopic(history: History, topic: TopicHistory, observed: ObservedTopic): void {
  const { name } = topic;
  const id = observed.id ?? '';
  demand(!history.deletedIds.has(id), `topic ${name} has the id ${id} of a deleted one`);
  demand(topic.id === undefined || topic.id === id, `topic ${name} has id ${id}, not ${topic.id}`);
  topic.id = id;
  for (const key of observed.configs.keys()) {
    demand(topic.configs.has(key), `${key} of topic ${name} was never set`);
  }
  for (const [key, expected] of topic.configs) {
    const found = observed.configs.get(key);
    demand(
      expected.allows(found),
      `${key} of topic ${name} is ${found}, not ${expected.describe()}`,
    );
    expected.settle(found);
  }
  const [count, expectedCount] = [observed.partitions.length, topic.partitions.length];
  demand(count === expectedCount, `topic ${name} has ${count} partitions, not ${expectedCount}`);
  topic.partitions.forEach((partition, i) =>
    checkPartition(`${name}-${i}`, partition, observed.partitions[i]!),
  );
}

function checkPartition(name: string, history: PartitionHistory, observed: ObservedPartition) {
  const { logStartOffset, highWatermark, records } = observed;
  demand(
    highWatermark >= history.highWatermark,
    `${name}: the high watermark went from ${history.highWatermark} to ${highWatermark}`,
  );
  demand(
    logStartOffset >= history.logStartOffset,
    `${name}: the log start offset went from ${history.logStartOffset} to ${logStartOffset}`,
  );
  demand(
    logStartOffset <= history.deletionAskedTo,
    `${name}: starts at ${logStartOffset}, nobody deleted beyond ${history.deletionAskedTo}`,
  );
  let [nextOffset, lastSent] = [logStartOffset, -1];
  const found = new Map<number, string>();
  const seen = new Set<string>();
  for (const [offset, value] of records) {
    demand(offset === nextOffset, `${name}: read offset ${offset}, expected ${nextOffset}`);
    const sent = history.sent.get(value);
    demand(sent !== undefined, `${name}: ${start(value)} at ${offset} was never sent`);
    demand(!seen.has(value), `${name}: ${start(value)} at ${offset} is there twice`);
    demand(sent! > lastSent, `${name}: ${start(value)} at ${offset} is out of order`);
    seen.add(value);
    found.set(offset, value);
    [nextOffset, lastSent] = [offset + 1, sent!];
  }
  demand(nextOffset === highWatermark, `${name}: ends at ${nextOffset}, not ${highWatermark}`);
  for (const [offset, value] of history.acked) {
    if (offset < logStartOffset) continue;
    demand(
      found.get(offset) === value,
      `${name}: ${start(value)} was acknowledged at ${offset}, there is ${start(found.get(offset))}`,
    );
  }
  history.highWatermark = highWatermark;
  history.logStartOffset = logStartOffset;
}

function start(value: string | undefined): string {
  return value === undefined ? 'nothing' : `'${value.slice(0, 20)}'`;
}

function demand(holds: boolean, complaint: string): void {
  if (!holds) throw new Violation(complaint);
}
