import { describe, expect, it } from 'vitest';
import { check, type ObservedPartition, type ObservedTopic } from './checker.ts';
import { commitKey, History, TopicHistory } from './history.ts';

const COMMIT = commitKey('g', 't', 0);

/** One topic with the records a, b, c acknowledged at 0 to 2, d sent, and what goes with it. */
function history(): History {
  const story = new History();
  const topic = new TopicHistory('t', 1);
  story.topics.set('t', topic);
  topic.present.settle(true);
  topic.id = 'id';
  topic.config('key').settle('value');
  const partition = topic.partitions[0]!;
  for (const value of ['a', 'b', 'c', 'd']) partition.send(value);
  ['a', 'b', 'c'].forEach((value, offset) => partition.ack(offset, value));
  story.commit(COMMIT).settle(7);
  story.deletedIds.add('old id');
  return story;
}

const values = (...found: string[]) => found.map((value, i) => [i, value] as const);

function observe(
  change: { topic?: Partial<ObservedTopic>; partition?: Partial<ObservedPartition> } = {},
) {
  const partition = {
    logStartOffset: 0,
    highWatermark: 3,
    records: values('a', 'b', 'c'),
    ...change.partition,
  };
  const topic = {
    id: 'id',
    configs: new Map([['key', 'value']]),
    partitions: [partition],
    ...change.topic,
  };
  return { topics: new Map([['t', topic]]), commits: new Map([[COMMIT, 7]]) };
}

describe('the check of a history', () => {
  it('takes what was promised, and what was asked for and not answered', () => {
    check(history(), observe());
    const partition = { highWatermark: 4, records: values('a', 'b', 'c', 'd') };
    check(history(), observe({ partition }));
    const story = history();
    story.commit(COMMIT).propose(8);
    check(story, { ...observe(), commits: new Map([[COMMIT, 8]]) });
  });

  it.each<[string, Partial<ObservedPartition>]>([
    ['the high watermark went from 3 to 2', { highWatermark: 2, records: values('a', 'b') }],
    ["'c' was acknowledged at 2, there is 'd'", { records: values('a', 'b', 'd') }],
    ["'b' at 2 is there twice", { records: values('a', 'b', 'b') }],
    ["'a' at 1 is out of order", { records: values('b', 'a', 'c') }],
    ['out of order', { records: values('a', 'c', 'b') }],
    ["'x' at 2 was never sent", { records: values('a', 'b', 'x') }],
    ['ends at 2, not 3', { records: values('a', 'b') }],
    ['read offset 1, expected 0', { records: values('a', 'b', 'c').slice(1) }],
    ['nobody deleted beyond 0', { logStartOffset: 1, records: values('a', 'b', 'c').slice(1) }],
  ])('notices: %s', (complaint, partition) => {
    expect(() => check(history(), observe({ partition }))).toThrow(complaint);
  });

  it('notices that a deletion of records is undone', () => {
    const story = history();
    Object.assign(story.topics.get('t')!.partitions[0]!, { logStartOffset: 1, deletionAskedTo: 1 });
    expect(() => check(story, observe())).toThrow('the log start offset went from 1 to 0');
  });

  it('holds what it saw against what it sees later', () => {
    const story = history();
    check(story, observe({ partition: { highWatermark: 4, records: values('a', 'b', 'c', 'd') } }));
    expect(() => check(story, observe())).toThrow('the high watermark went from 4 to 3');
  });

  it.each<[string, Partial<ObservedTopic>]>([
    ['has id other, not id', { id: 'other' }],
    ['has the id old id of a deleted one', { id: 'old id' }],
    ['key of topic t is undefined, not value', { configs: new Map() }],
    ['more of topic t was never set', { configs: new Map([['more', '']]) }],
    ['has 0 partitions, not 1', { partitions: [] }],
  ])('notices: topic t %s', (complaint, topic) => {
    expect(() => check(history(), observe({ topic }))).toThrow(complaint);
  });

  it('notices topics that are gone, deleted or of nobody', () => {
    const { commits, topics } = observe();
    expect(() => check(history(), { topics: new Map(), commits })).toThrow('topic t is gone');
    const story = history();
    story.topics.get('t')!.present.settle(false);
    expect(() => check(story, observe())).toThrow('there though it was deleted');
    story.topics.clear();
    expect(() => check(story, { topics, commits })).toThrow('nobody created it');
  });

  it('notices commits that are lost, old or of nobody', () => {
    const { topics } = observe();
    const found = (offset: number) => ({ topics, commits: new Map([[COMMIT, offset]]) });
    expect(() => check(history(), { topics, commits: new Map() })).toThrow('is undefined, not 7');
    expect(() => check(history(), found(6))).toThrow('is 6, not 7');
    const story = history();
    story.commits.clear();
    expect(() => check(story, found(7))).toThrow('was never committed');
  });
});
