import { cpSync, rmSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { newDirectory, TestNode } from './broker.test-node.ts';
import { TestClient } from './client.test-client.ts';
import { batchOf } from './requests.test-table.ts';

const group = 'group';

/** Fills a broker with something of everything that must outlive it. */
async function fill(client: TestClient): Promise<void> {
  await client.createTopic('kept', { 'retention.ms': '123456789' }, 3);
  await client.createTopic('dropped');
  await client.createTopic('shortened');
  for (let i = 0; i < 50; i++) await client.produce('kept', [`value ${i}`], { index: i % 3 });
  await client.produce('shortened', ['a', 'b', 'c']);
  const sequenced = batchOf(['once'], { producerId: 7, producerEpoch: 0, baseSequence: 0 });
  await client.produce('kept', sequenced, { index: 2 });
  await client.send('DeleteRecords', 2, {
    topics: [{ name: 'shortened', partitions: [{ partitionIndex: 0, offset: 2 }] }],
    timeoutMs: 1000,
  });
  await client.send('DeleteTopics', 5, { topics: [], topicNames: ['dropped'], timeoutMs: 1000 });
  await client.send('IncrementalAlterConfigs', 1, {
    resources: [
      {
        resourceType: 4,
        resourceName: '',
        configs: [{ name: 'message.max.bytes', configOperation: 0, value: '5000' }],
      },
    ],
    validateOnly: false,
  });
  await client.send('FindCoordinator', 6, { coordinatorKeys: [group] });
  await client.send('OffsetCommit', 9, {
    groupId: group,
    memberId: '',
    topics: [
      {
        name: 'kept',
        partitions: [{ partitionIndex: 1, committedOffset: 5, committedMetadata: 'mark' }],
      },
    ],
  });
}

/** What clients can see of it. */
async function look(client: TestClient) {
  const { topics } = await client.send('Metadata', 12, { topics: null });
  const values = [];
  for (const index of [0, 1, 2]) {
    const { highWatermark, records } = await client.fetch('kept', { partition: index });
    values.push([highWatermark, (records as Buffer).toString('base64')]);
  }
  const { results } = await client.send('DescribeConfigs', 4, {
    resources: [
      { resourceType: 2, resourceName: 'kept', configurationKeys: ['retention.ms'] },
      { resourceType: 2, resourceName: 'kept', configurationKeys: ['max.message.bytes'] },
    ],
  });
  const request = {
    groupId: '',
    topics: [],
    groups: [{ groupId: group, topics: [{ name: 'kept', partitionIndexes: [1] }] }],
  };
  const retriable = 14;
  let offsets = await client.send('OffsetFetch', 9, request);
  while (offsets.groups[0]!.errorCode === retriable) {
    offsets = await client.send('OffsetFetch', 9, request);
  }
  const { logStartOffset, records } = await client.fetch('shortened', { fetchOffset: 2 });
  return {
    topics: topics.map(({ name, topicId, partitions }) => [name, topicId, partitions.length]),
    values,
    configs: results.map(({ configs }) => configs.map(({ name, value }) => [name, value])),
    offsets: offsets.groups,
    shortened: [logStartOffset, (records as Buffer).length > 0],
  };
}

describe('a broker that starts again', () => {
  const used: { node: TestNode; directory: string }[] = [];

  async function start(directory = newDirectory()): Promise<TestNode> {
    const node = await TestNode.start({}, { directory });
    used.push({ node, directory });
    return node;
  }

  afterEach(async () => {
    for (const { node, directory } of used.splice(0)) {
      await node.stop();
      expect(node.faults).toEqual([]);
      rmSync(directory, { recursive: true, force: true });
    }
  });

  async function expectSame(node: TestNode, before: Awaited<ReturnType<typeof look>>) {
    const client = await TestClient.connect(node);
    expect(await look(client)).toEqual(before);
    const again = batchOf(['once'], { producerId: 7, producerEpoch: 0, baseSequence: 0 });
    expect(await client.produce('kept', again, { index: 2 })).toMatchObject({ baseOffset: 16 });
    const large = await client.produce('kept', ['x'.repeat(6000)]);
    expect(large.errorCode).toBe(10);
    expect(await client.produce('kept', ['more'])).toMatchObject({ errorCode: 0, baseOffset: 17 });
  }

  it('has everything after a clean stop', async () => {
    const node = await start();
    const client = await TestClient.connect(node);
    await fill(client);
    const before = await look(client);
    expect(before.topics.map(([name]) => name)).not.toContain('dropped');
    await node.stop();
    await node.start();
    await expectSame(node, before);
  });

  it('has everything after it was killed', async () => {
    const node = await start();
    const client = await TestClient.connect(node);
    await fill(client);
    const before = await look(client);
    const copy = newDirectory();
    cpSync(node.directory, copy, { recursive: true });
    await expectSame(await start(copy), before);
  });

  it('gives out no producer id twice', async () => {
    const node = await start();
    const ask = async () => {
      const client = await TestClient.connect(node);
      const request = { transactionalId: null, transactionTimeoutMs: 0 };
      return (await client.send('InitProducerId', 5, request)).producerId;
    };
    const before = [await ask(), await ask()];
    await node.stop();
    await node.start();
    expect(new Set([...before, await ask()]).size).toBe(3);
  });
});
