import { readdirSync } from 'node:fs';
import { NodeClock, type Timer } from '@tidelog/platform';
import { errors } from '@tidelog/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TestNode } from '../broker.test-node.ts';
import { TestClient } from '../client.test-client.ts';
import type { Partition } from './partition.ts';

/** The turns in which work goes on begin when the test says so. */
class SteppedClock extends NodeClock {
  turns: (() => void)[] = [];

  override setTimer(delayMs: number, fire: () => void): Timer {
    if (delayMs > 0) return super.setTimer(delayMs, fire);
    this.turns.push(fire);
    return { cancel: () => (this.turns = this.turns.filter((turn) => turn !== fire)) };
  }

  /** Whatever is left to do. */
  runOut(): void {
    while (this.turns.length > 0) this.turns.shift()!();
  }
}

const MANY = 100;
let clock: SteppedClock;
let node: TestNode;
let client: TestClient;

beforeEach(async () => {
  clock = new SteppedClock();
  node = await TestNode.start({ 'offsets.topic.num.partitions': '20' }, { clock });
  client = await TestClient.connect(node);
});

afterEach(async () => {
  client.connection.close();
  await node.dispose();
  expect(node.faults).toEqual([]);
});

const made = (topic: string): number =>
  readdirSync(node.directory).filter((name) => name.startsWith(`${topic}-`)).length;

/** The directories of the topic's partitions, without those that are to be removed. */
const logs = (topic: string): string[] =>
  readdirSync(node.directory).filter((name) => new RegExp(`^${topic}-\\d+$`).test(name));

const remove = (topicId: string) =>
  client.send('DeleteTopics', 6, {
    topics: [{ name: null, topicId }],
    topicNames: [],
    timeoutMs: 1000,
  });

/** How many partitions of the topic are served, and what the others are refused with. */
function served(topic: string): { count: number; refusals: Set<number> } {
  const found = Array.from({ length: MANY }, (_, index) =>
    node.broker.partitions.find(topic, index),
  );
  const refusals = new Set(found.flatMap((each) => ('code' in each ? [each.code] : [])));
  return { count: found.filter((each) => !('code' in each)).length, refusals };
}

it('makes the logs of a large topic over turns, and first those that are asked for', async () => {
  await client.createTopic('large', {}, MANY);
  expect(made('large')).toBe(16);
  const last = node.broker.partitions.find('large', MANY - 1);
  expect(last).toMatchObject({ index: MANY - 1, isLeader: true });
  expect(made('large')).toBe(17);
  const { count, refusals } = served('large');
  expect(count).toBe(32);
  expect([...refusals]).toEqual([errors.NOT_LEADER_OR_FOLLOWER.code]);
  clock.runOut();
  expect(made('large')).toBe(MANY);
  expect(served('large')).toEqual({ count: MANY, refusals: new Set() });
});

it('makes no more logs of a topic that has gone', async () => {
  const topicId = await client.createTopic('short', {}, MANY);
  await remove(topicId);
  clock.runOut();
  expect(logs('short')).toEqual([]);
  const { refusals } = served('short');
  expect([...refusals]).toEqual([errors.UNKNOWN_TOPIC_OR_PARTITION.code]);
});

it('gives the logs of a large topic that goes their other names over turns', async () => {
  const topicId = await client.createTopic('gone', {}, MANY);
  clock.runOut();
  await remove(topicId);
  expect(logs('gone').length).toBe(MANY - 16);
  expect([...served('gone').refusals]).toEqual([errors.UNKNOWN_TOPIC_OR_PARTITION.code]);
  clock.runOut();
  expect(logs('gone')).toEqual([]);
});

it('makes a log anew although the former one of that name is still to go', async () => {
  const former = await client.createTopic('again', {}, MANY);
  clock.runOut();
  await client.produce('again', ['former'], { index: MANY - 1 });
  await remove(former);
  await client.createTopic('again', {}, MANY);
  const { log } = node.broker.partitions.find('again', MANY - 1) as Partition;
  expect(log.logEndOffset).toBe(0);
  clock.runOut();
  expect(served('again').count).toBe(MANY);
  expect(logs('again').length).toBe(MANY);
});

it('removes what is left when it stops', async () => {
  const topicId = await client.createTopic('gone', {}, MANY);
  clock.runOut();
  await remove(topicId);
  await node.stop();
  expect(logs('gone')).toEqual([]);
  await node.start();
  expect(node.warnings.filter((line) => line.includes('gone'))).toEqual([]);
});

it('makes the logs of coordinators at once', async () => {
  await client.send('FindCoordinator', 4, { keyType: 0, coordinatorKeys: ['group'] });
  expect(made('__consumer_offsets')).toBe(20);
});

it('makes what is left when it stops, and has it when it starts again', async () => {
  await client.createTopic('large', {}, MANY);
  await node.stop();
  expect(made('large')).toBe(MANY);
  await node.start();
  expect(served('large').count).toBe(MANY);
  expect(node.warnings.filter((line) => line.includes('large'))).toEqual([]);
});
