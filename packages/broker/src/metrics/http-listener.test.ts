import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestNode } from '../broker.test-node.ts';
import { TestClient } from '../client.test-client.ts';
import { batchOf } from '../requests.test-table.ts';

describe('the HTTP listener', () => {
  let node: TestNode;
  let client: TestClient;

  beforeAll(async () => {
    node = await TestNode.start({ 'tidelog.http.listener': '127.0.0.1:0' });
    client = await TestClient.connect(node);
  });

  afterAll(async () => {
    expect(node.faults).toEqual([]);
    await node.dispose();
  });

  const get = async (path: string, init?: RequestInit) => {
    const response = await fetch(`http://127.0.0.1:${node.broker.httpPort}${path}`, init);
    return { status: response.status, text: await response.text() };
  };

  it('tells that the broker lives and serves', async () => {
    expect(await get('/healthz')).toEqual({ status: 200, text: 'ok\n' });
    expect(await get('/readyz')).toEqual({ status: 200, text: 'ok\n' });
    expect((await get('/elsewhere')).status).toBe(404);
    expect((await get('/metrics', { method: 'POST' })).status).toBe(405);
  });

  it('shows traffic, offsets and lag under their usual names', async () => {
    const topicId = await client.createTopic('shown');
    const records = batchOf(['one', 'two', 'three']);
    const partitionData = [{ index: 0, records }];
    await client.send('Produce', 13, {
      acks: -1,
      timeoutMs: 1000,
      topicData: [{ topicId, name: '', partitionData }],
    });
    await client.send('FindCoordinator', 6, { coordinatorKeys: ['readers'] });
    await client.send('OffsetCommit', 9, {
      groupId: 'readers',
      generationIdOrMemberEpoch: -1,
      memberId: '',
      topics: [
        {
          name: 'shown',
          partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }],
        },
      ],
    });
    const { text } = await get('/metrics');
    const lines = new Set(text.split('\n'));
    const expected = [
      'kafka_server_brokertopicmetrics_messagesin_total{topic="shown"} 3',
      `kafka_server_brokertopicmetrics_bytesin_total{topic="shown"} ${records.length}`,
      'kafka_topic_partition_current_offset{topic="shown",partition="0"} 3',
      'kafka_consumergroup_current_offset{consumergroup="readers",topic="shown",partition="0"} 1',
      'kafka_consumergroup_lag{consumergroup="readers",topic="shown",partition="0"} 2',
      'kafka_network_requestmetrics_requests_total{request="Produce"} 1',
      'kafka_controller_kafkacontroller_activecontrollercount 1',
      'kafka_server_replicamanager_underreplicatedpartitions 0',
      'kafka_server_replicamanager_partitionswithlatetransactionscount 0',
      'kafka_server_replicamanager_produceridcount 0',
      'kafka_server_socket_server_metrics_connection_count{listener="PLAINTEXT"} 1',
    ];
    expect(expected.filter((line) => !lines.has(line))).toEqual([]);
  });

  it('keeps what a deleted topic has had in the total', async () => {
    await client.send('DeleteTopics', 6, {
      topics: [{ name: 'shown' }],
      timeoutMs: 1000,
    });
    const { text } = await get('/metrics');
    expect(text).not.toContain('topic="shown"');
    // Three records, the offset that was committed, and whatever its deletion has written.
    const total = /^kafka_server_brokertopicmetrics_messagesin_total (\d+)$/m.exec(text)?.[1];
    expect(Number(total)).toBeGreaterThanOrEqual(4);
  });
});
