import { BatchBuilder, errors } from '@tidelog/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestNode } from '../broker.test-node.ts';
import { TestClient } from '../client.test-client.ts';
import { versionsOf } from '../versions.test-table.ts';

const LATEST = -1;
const EARLIEST = -2;
const MAX_TIMESTAMP = -3;
const EARLIEST_LOCAL = -4;
const LATEST_TIERED = -5;
const EARLIEST_PENDING_UPLOAD = -6;
const unknown = { errorCode: 0, timestamp: -1, offset: -1 };

describe('ListOffsets', () => {
  let node: TestNode;
  let client: TestClient;
  const start = Date.now() - 10_000;

  beforeAll(async () => {
    node = await TestNode.start();
    client = await TestClient.connect(node);
    await client.createTopic('t');
    await client.createTopic('empty');
    for (const times of [[0, 100], [500, 300], [200]]) {
      const builder = new BatchBuilder();
      for (const time of times) builder.append(start + time, 'k', 'v');
      await client.produce('t', builder.finish({}));
    }
    await client.send('DeleteRecords', 2, {
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, offset: 1 }] }],
      timeoutMs: 1000,
    });
  });

  afterAll(async () => {
    expect(node.faults).toEqual([]);
    await node.dispose();
  });

  async function ask(
    timestamp: number,
    options: { version?: number; name?: string; epoch?: number; replicaId?: number } = {},
  ) {
    const { version = 11, name = 't', epoch, replicaId = -1 } = options;
    const { topics } = await client.send('ListOffsets', version, {
      replicaId,
      isolationLevel: 0,
      topics: [
        {
          name,
          partitions: [
            {
              partitionIndex: 0,
              timestamp,
              ...(epoch !== undefined && { currentLeaderEpoch: epoch }),
            },
          ],
        },
      ],
      ...(version >= 10 && { timeoutMs: 1000 }),
    });
    return topics[0]!.partitions[0]!;
  }

  it.each(versionsOf('ListOffsets'))('knows both ends at version %i', async (version) => {
    const epochs = version >= 4 ? { leaderEpoch: 0 } : {};
    expect(await ask(LATEST, { version })).toMatchObject({ offset: 5, timestamp: -1, ...epochs });
    expect(await ask(EARLIEST, { version })).toMatchObject({ offset: 1, timestamp: -1, ...epochs });
  });

  it('finds the first record that is as new as asked', async () => {
    expect(await ask(start + 50)).toMatchObject({ offset: 1, timestamp: start + 100 });
    expect(await ask(start + 101)).toMatchObject({ offset: 2, timestamp: start + 500 });
    expect(await ask(start + 500)).toMatchObject({ offset: 2, timestamp: start + 500 });
    expect(await ask(0)).toMatchObject({ offset: 1, timestamp: start + 100 });
    expect(await ask(start + 501)).toMatchObject(unknown);
  });

  it.each([
    [MAX_TIMESTAMP, 7, 2],
    [EARLIEST_LOCAL, 8, 1],
    [LATEST_TIERED, 9, -1],
    [EARLIEST_PENDING_UPLOAD, 11, -1],
  ])('knows timestamp %i from version %i on', async (timestamp, since, offset) => {
    expect(await ask(timestamp, { version: since })).toMatchObject({ errorCode: 0, offset });
    const before = await ask(timestamp, { version: since - 1 });
    expect(before.errorCode).toBe(errors.UNSUPPORTED_VERSION.code);
  });

  it('knows no other special timestamp', async () => {
    expect((await ask(-7)).errorCode).toBe(errors.UNSUPPORTED_VERSION.code);
  });

  it('finds nothing by time in an empty log', async () => {
    expect(await ask(start, { name: 'empty' })).toMatchObject(unknown);
    expect(await ask(MAX_TIMESTAMP, { name: 'empty' })).toMatchObject(unknown);
    expect(await ask(LATEST, { name: 'empty' })).toMatchObject({ errorCode: 0, offset: 0 });
  });

  it('refuses strangers and epochs that are not its own', async () => {
    const missing = await ask(LATEST, { name: 'nowhere' });
    expect(missing.errorCode).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION.code);
    expect((await ask(LATEST, { epoch: 9 })).errorCode).toBe(errors.UNKNOWN_LEADER_EPOCH.code);
  });

  it('refuses a partition that is named twice', async () => {
    const partitions = [0, 0].map((partitionIndex) => ({ partitionIndex, timestamp: LATEST }));
    const { topics } = await client.send('ListOffsets', 9, {
      replicaId: -1,
      isolationLevel: 0,
      topics: [{ name: 't', partitions }],
    });
    for (const { errorCode } of topics[0]!.partitions) {
      expect(errorCode).toBe(errors.INVALID_REQUEST.code);
    }
  });
});
