import { describe, expect, it } from 'vitest';
import { ScriptedCluster } from '../../testing/scripted-cluster.ts';
import { groupOperations } from './groups.ts';

const GROUP_ID_NOT_FOUND = 69;
const GROUP_AUTHORIZATION_FAILED = 30;

function setUp() {
  const cluster = new ScriptedCluster(1);
  const admin = cluster.admin();
  const broker = cluster.broker(1);
  const { clock } = cluster;
  return { cluster, broker, groups: groupOperations((ask) => clock.settle(ask(admin))) };
}

function newGroup(groupId: string) {
  const epochs = { groupEpoch: 0, assignmentEpoch: 0 };
  return { groupId, groupState: '', assignorName: '', members: [], ...epochs };
}

describe('groups as kafkajs tells of them', () => {
  it('are dead where there is none', async () => {
    const { broker, groups } = setUp();
    broker.on('ConsumerGroupDescribe', ({ groupIds }) => ({
      groups: groupIds.map((groupId) => ({ ...newGroup(groupId), errorCode: GROUP_ID_NOT_FOUND })),
    }));
    broker.on('DescribeGroups', ({ groups }) => ({
      groups: groups.map((groupId) => {
        const errorCode = groupId === 'a' ? 0 : GROUP_ID_NOT_FOUND;
        const about = { groupState: 'Empty', protocolType: 'consumer', protocolData: '' };
        return { errorCode, groupId, members: [], ...about };
      }),
    }));
    const none = { errorCode: 0, members: [], protocol: '', protocolType: '', state: 'Dead' };
    expect((await groups.describeGroups(['none', 'a'])).groups).toEqual([
      { ...none, groupId: 'none' },
      { ...none, groupId: 'a', protocolType: 'consumer', state: 'Empty' },
    ]);
  });

  it('that may not be seen are an error', async () => {
    const { broker, groups } = setUp();
    broker.on('ConsumerGroupDescribe', ({ groupIds }) => ({
      groups: groupIds.map((groupId) => ({
        ...newGroup(groupId),
        errorCode: GROUP_AUTHORIZATION_FAILED,
      })),
    }));
    await expect(groups.describeGroups(['g'])).rejects.toMatchObject({
      type: 'GROUP_AUTHORIZATION_FAILED',
    });
  });

  it('have offsets whose metadata is null where nothing was said', async () => {
    const { cluster, broker, groups } = setUp();
    cluster.leaders.set('t', [1, 1]);
    broker.maxVersions.set('DescribeTopicPartitions', -1);
    broker.on('OffsetFetch', (request) => ({
      groups: request.groups.map(({ groupId }) => ({
        groupId,
        topics: [
          {
            name: 't',
            partitions: [
              { partitionIndex: 0, committedOffset: 5, metadata: '', errorCode: 0 },
              { partitionIndex: 1, committedOffset: 6, metadata: 'm', errorCode: 0 },
            ],
          },
        ],
      })),
    }));
    const [found] = await groups.fetchOffsets({ groupId: 'g', topics: ['t'] });
    expect(found!.partitions).toEqual([
      { partition: 0, offset: '5', metadata: null },
      { partition: 1, offset: '6', metadata: 'm' },
    ]);
  });
});
