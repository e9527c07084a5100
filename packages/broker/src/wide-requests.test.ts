import type { RequestInput } from '@tidelog/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestNode } from './broker.test-node.ts';
import { TestClient } from './client.test-client.ts';
import type { ServedName } from './requests.test-table.ts';

/** Far more than any client asks for at once; what takes quadratic time would take minutes. */
const COUNT = 20_000;
const names = Array.from({ length: COUNT }, (_, i) => `name-${i}`);
const indexes = names.map((_, i) => i);

type Wide = { [K in ServedName]?: [version: number, request: RequestInput<K>] };

const wide: Wide = {
  ListOffsets: [
    9,
    {
      replicaId: -1,
      isolationLevel: 0,
      topics: [
        {
          name: 't',
          partitions: indexes.map((partitionIndex) => ({ partitionIndex, timestamp: -1 })),
        },
      ],
    },
  ],
  Metadata: [9, { topics: names.map((name) => ({ name })) }],
  OffsetCommit: [
    9,
    {
      groupId: 'g',
      memberId: '',
      topics: [
        {
          name: 't',
          partitions: indexes.map((partitionIndex) => ({
            partitionIndex,
            committedOffset: 1,
            committedMetadata: null,
          })),
        },
      ],
    },
  ],
  OffsetFetch: [
    9,
    {
      groupId: '',
      topics: [],
      groups: names.map((groupId) => ({ groupId, topics: null })),
    },
  ],
  FindCoordinator: [6, { coordinatorKeys: names }],
  DescribeGroups: [6, { groups: names }],
  DeleteGroups: [2, { groupsNames: names }],
  CreateTopics: [
    7,
    {
      topics: names.map((name) => ({
        name,
        numPartitions: 1,
        replicationFactor: 1,
        assignments: [],
        configs: [],
      })),
    },
  ],
  DeleteTopics: [5, { topics: [], topicNames: names, timeoutMs: 1000 }],
  CreatePartitions: [
    3,
    {
      topics: names.map((name) => ({ name, count: 2, assignments: null })),
      timeoutMs: 1000,
      validateOnly: false,
    },
  ],
  IncrementalAlterConfigs: [
    1,
    {
      resources: names.map((resourceName) => ({ resourceType: 2, resourceName, configs: [] })),
      validateOnly: false,
    },
  ],
  DescribeConfigs: [
    4,
    {
      resources: names.flatMap((name) => [
        { resourceType: 4, resourceName: '1', configurationKeys: null },
        { resourceType: 32, resourceName: name, configurationKeys: null },
      ]),
    },
  ],
  AlterConfigs: [
    2,
    {
      resources: names.map((resourceName) => ({ resourceType: 2, resourceName, configs: [] })),
      validateOnly: false,
    },
  ],
  DescribeLogDirs: [4, { topics: names.map((topic) => ({ topic, partitions: [0] })) }],
  DescribeTopicPartitions: [0, { topics: names.map((name) => ({ name })) }],
  DescribeProducers: [0, { topics: [{ name: 't', partitionIndexes: indexes }] }],
};

describe('a request for twenty thousand things', () => {
  let node: TestNode;

  beforeAll(async () => {
    node = await TestNode.start();
    const client = await TestClient.connect(node);
    await client.createTopic('t', {}, 100);
    await client.send('FindCoordinator', 6, { coordinatorKeys: ['g'] });
  });

  afterAll(() => node.dispose());

  it.each(Object.keys(wide) as ServedName[])('%s', { timeout: 20_000 }, async (name) => {
    const client = await TestClient.connect(node);
    const [version, request] = wide[name]!;
    await client.send(name, version, request);
    expect(node.faults).toEqual([]);
    expect(await client.produce('t', ['x'])).toMatchObject({ errorCode: 0 });
  });
});
