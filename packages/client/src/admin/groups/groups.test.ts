import { describe, expect, it } from 'vitest';
import { encodeAssignment } from '../../consumer/group/group-protocol.ts';
import { ScriptedCluster } from '../../testing/scripted-cluster.ts';

const GROUP_ID_NOT_FOUND = 69;
const UNKNOWN_MEMBER_ID = 25;
const UNSTABLE_OFFSET_COMMIT = 88;

function setUp() {
  const cluster = new ScriptedCluster(1);
  return { broker: cluster.broker(1), clock: cluster.clock, admin: cluster.admin() };
}

const place = { topic: 't', partition: 0 };
const assignment = { topicPartitions: [{ topicId: '', topicName: 't', partitions: [0, 2] }] };

function classicGroup(groupId: string) {
  return {
    errorCode: 0,
    groupId,
    groupState: 'Stable',
    protocolType: 'consumer',
    protocolData: 'range',
    members: [
      {
        memberId: 'm',
        clientId: 'c',
        clientHost: '/h',
        memberMetadata: Buffer.alloc(0),
        memberAssignment: encodeAssignment([place]),
      },
    ],
  };
}

describe('describeGroups', () => {
  it('asks for the new protocol first, and for the rest as classic groups', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('ConsumerGroupDescribe', ({ groupIds }) => ({
      groups: groupIds.map((groupId) => ({
        errorCode: groupId === 'new' ? 0 : GROUP_ID_NOT_FOUND,
        groupId,
        groupState: 'Stable',
        groupEpoch: 5,
        assignmentEpoch: 4,
        assignorName: 'uniform',
        members: [
          {
            memberId: 'm',
            memberEpoch: 5,
            clientId: 'c',
            clientHost: '/h',
            subscribedTopicNames: ['t'],
            assignment,
            targetAssignment: { topicPartitions: [] },
            memberType: 1,
          },
        ],
        authorizedOperations: 1 << 3,
      })),
    }));
    broker.on('DescribeGroups', ({ groups }) => ({ groups: groups.map(classicGroup) }));
    const found = await clock.settle(admin.describeGroups(['old', 'new']));
    expect(broker.of('DescribeGroups')).toMatchObject([{ groups: ['old'] }]);
    expect(found).toMatchObject([
      {
        groupId: 'old',
        type: 'Classic',
        assignor: 'range',
        groupEpoch: null,
        members: [{ assignment: [place], targetAssignment: null, isUpgraded: false }],
      },
      {
        groupId: 'new',
        type: 'Consumer',
        groupEpoch: 5,
        targetAssignmentEpoch: 4,
        coordinator: 1,
        authorizedOperations: ['read'],
        members: [
          {
            memberEpoch: 5,
            subscribedTopics: ['t'],
            assignment: [place, { topic: 't', partition: 2 }],
            targetAssignment: [],
            isUpgraded: true,
          },
        ],
      },
    ]);
  });

  it('asks an older broker for classic groups alone', async () => {
    const { broker, clock, admin } = setUp();
    broker.maxVersions.set('ConsumerGroupDescribe', -1);
    broker.on('DescribeGroups', ({ groups }) => ({ groups: groups.map(classicGroup) }));
    expect(await clock.settle(admin.describeGroups(['g']))).toMatchObject([{ type: 'Classic' }]);
  });

  it('does not find a group that an older broker describes as dead', async () => {
    const { broker, clock, admin } = setUp();
    broker.maxVersions.set('ConsumerGroupDescribe', -1).set('DescribeGroups', 5);
    broker.on('DescribeGroups', ({ groups }) => ({
      groups: groups.map((groupId) => ({
        ...classicGroup(groupId),
        groupState: groupId === 'g' ? 'Stable' : 'Dead',
      })),
    }));
    const failed: string[] = [];
    const onFailure = ({ code }: { code: string }, groupId: string) =>
      failed.push(`${groupId} ${code}`);
    const found = await clock.settle(admin.describeGroups(['g', 'none'], { onFailure }));
    expect(found.map(({ groupId }) => groupId)).toEqual(['g']);
    expect(failed).toEqual(['none GROUP_ID_NOT_FOUND']);
  });
});

describe('offsets of groups', () => {
  const committed = (errorCode = 0) => [
    {
      name: 't',
      partitions: [
        { partitionIndex: 1, committedOffset: 9, metadata: 'note', errorCode: 0 },
        { partitionIndex: 0, committedOffset: 4, metadata: '', errorCode },
        { partitionIndex: 2, committedOffset: -1, metadata: '', errorCode: 0 },
      ],
    },
  ];

  it('are asked for together', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('OffsetFetch', ({ groups }) => ({
      groups: groups.map(({ groupId }) => ({ groupId, topics: committed() })),
    }));
    const wanted = [{ groupId: 'a', partitions: [place] }, { groupId: 'b' }];
    const found = await clock.settle(admin.listOffsetsOfGroups(wanted, { requireStable: true }));
    expect(found.map(({ groupId, offsets }) => [groupId, offsets.map((o) => o.offset)])).toEqual([
      ['a', [4, 9]],
      ['b', [4, 9]],
    ]);
    expect(broker.of('OffsetFetch')).toMatchObject([
      {
        requireStable: true,
        groups: [
          { groupId: 'a', topics: [{ name: 't', partitionIndexes: [0] }] },
          { groupId: 'b', topics: null },
        ],
      },
    ]);
  });

  it('are asked for group by group where the broker is older', async () => {
    const { broker, clock, admin } = setUp();
    broker.maxVersions.set('OffsetFetch', 7);
    broker.on('OffsetFetch', () => ({ topics: committed() }));
    const wanted = [{ groupId: 'a' }, { groupId: 'b' }];
    expect(await clock.settle(admin.listOffsetsOfGroups(wanted))).toHaveLength(2);
    expect(broker.of('OffsetFetch').map(({ groupId }) => groupId)).toEqual(['a', 'b']);
  });

  it('are asked for again while a transaction is open', async () => {
    const { broker, clock, admin } = setUp();
    let open = 2;
    broker.on('OffsetFetch', () => ({
      groups: [{ groupId: 'a', topics: committed(open-- > 0 ? UNSTABLE_OFFSET_COMMIT : 0) }],
    }));
    expect(await clock.settle(admin.listGroupOffsets('a'))).toMatchObject([
      { ...place, offset: 4 },
      { topic: 't', partition: 1, offset: 9, metadata: 'note' },
    ]);
    expect(broker.of('OffsetFetch')).toHaveLength(3);
  });

  it('are set, each partition with its own outcome', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('OffsetCommit', () => ({
      topics: [
        {
          name: 't',
          partitions: [
            { partitionIndex: 0, errorCode: 0 },
            { partitionIndex: 1, errorCode: UNKNOWN_MEMBER_ID },
          ],
        },
      ],
    }));
    const offsets = [0, 1].map((partition) => ({ topic: 't', partition, offset: 5 }));
    await expect(clock.settle(admin.alterGroupOffsets('g', offsets))).rejects.toMatchObject({
      code: 'UNKNOWN_MEMBER_ID',
      message: expect.stringContaining('t-1 of group g'),
    });
    expect(broker.of('OffsetCommit')).toMatchObject([
      { groupId: 'g', generationIdOrMemberEpoch: -1, memberId: '' },
    ]);
  });

  it('are forgotten, or the group as a whole refuses', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('OffsetDelete', () => ({ errorCode: GROUP_ID_NOT_FOUND, topics: [] }));
    await expect(clock.settle(admin.deleteGroupOffsets('g', [place]))).rejects.toMatchObject({
      code: 'GROUP_ID_NOT_FOUND',
    });
    broker.on('OffsetDelete', () => ({
      errorCode: 0,
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, errorCode: 86 }] }],
    }));
    await expect(clock.settle(admin.deleteGroupOffsets('g', [place]))).rejects.toMatchObject({
      code: 'GROUP_SUBSCRIBED_TO_TOPIC',
    });
  });
});

describe('removeMembers', () => {
  it('removes those that are named, or all that the group has', async () => {
    const { broker, clock, admin } = setUp();
    broker.maxVersions.set('ConsumerGroupDescribe', -1);
    broker.on('DescribeGroups', ({ groups }) => ({ groups: groups.map(classicGroup) }));
    broker.on('LeaveGroup', ({ members }) => ({
      errorCode: 0,
      members: members.map(({ memberId, groupInstanceId }) => ({
        memberId,
        groupInstanceId,
        errorCode: groupInstanceId === 'gone' ? UNKNOWN_MEMBER_ID : 0,
      })),
    }));
    await clock.settle(admin.removeMembers('g', { reason: 'why' }));
    const named = [{ groupInstanceId: 'gone' }, { memberId: 'm2' }];
    await expect(clock.settle(admin.removeMembers('g', { members: named }))).rejects.toMatchObject({
      code: 'UNKNOWN_MEMBER_ID',
      message: expect.stringContaining('static member gone'),
    });
    expect(broker.of('LeaveGroup')).toMatchObject([
      { groupId: 'g', members: [{ memberId: 'm', groupInstanceId: null, reason: 'why' }] },
      { members: [{ memberId: '', groupInstanceId: 'gone' }, { memberId: 'm2' }] },
    ]);
  });
});

describe('share groups', () => {
  it('tell where they go on, without partitions that they have not begun with', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('DescribeShareGroupOffsets', ({ groups }) => ({
      groups: groups.map(({ groupId }) => ({
        groupId,
        errorCode: groupId === 'none' ? GROUP_ID_NOT_FOUND : 0,
        topics: [
          {
            topicName: 't',
            topicId: 'AH2wIO8ZSpa_xIcUNk3hfA',
            partitions: [
              { partitionIndex: 1, startOffset: 7, leaderEpoch: 0, lag: 3, errorCode: 0 },
              { partitionIndex: 0, startOffset: -1, leaderEpoch: -1, errorCode: 0 },
            ],
          },
        ],
      })),
    }));
    const failed: string[] = [];
    const onFailure = ({ code }: { code: string }) => failed.push(code);
    const wanted = [{ groupId: 's', partitions: [place] }, { groupId: 'none' }];
    expect(await clock.settle(admin.listShareGroupOffsets(wanted, { onFailure }))).toEqual([
      {
        groupId: 's',
        offsets: [{ topic: 't', partition: 1, startOffset: 7, leaderEpoch: 0, lag: 3 }],
      },
    ]);
    expect(failed).toEqual(['GROUP_ID_NOT_FOUND']);
  });

  it('go on elsewhere, or say why not', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('AlterShareGroupOffsets', () => ({
      errorCode: 68,
      errorMessage: 'it has members',
      responses: [],
    }));
    const altered = admin.alterShareGroupOffsets('s', [{ ...place, startOffset: 3 }]);
    await expect(clock.settle(altered)).rejects.toMatchObject({
      code: 'NON_EMPTY_GROUP',
      message: expect.stringContaining('it has members'),
    });
    broker.on('DeleteShareGroupOffsets', ({ topics }) => ({
      errorCode: 0,
      responses: topics.map(({ topicName }) => ({
        topicName,
        topicId: 'AH2wIO8ZSpa_xIcUNk3hfA',
        errorCode: 3,
      })),
    }));
    const deleted = clock.settle(admin.deleteShareGroupOffsets('s', ['t']));
    await expect(deleted).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' });
  });

  it('and streams groups are described at their coordinators', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('ShareGroupDescribe', () => ({
      groups: [
        {
          errorCode: 0,
          groupId: 's',
          groupState: 'Stable',
          groupEpoch: 2,
          assignmentEpoch: 2,
          assignorName: 'simple',
          members: [
            {
              memberId: 'm',
              memberEpoch: 2,
              clientId: 'c',
              clientHost: '/h',
              subscribedTopicNames: ['t'],
              assignment,
            },
          ],
        },
      ],
    }));
    expect(await clock.settle(admin.describeShareGroups(['s']))).toMatchObject([
      { groupId: 's', groupEpoch: 2, members: [{ assignment: [place, { partition: 2 }] }] },
    ]);
    broker.on('StreamsGroupDescribe', () => ({
      groups: [
        {
          errorCode: 0,
          groupId: 'k',
          groupState: 'Empty',
          groupEpoch: 3,
          assignmentEpoch: 3,
          topology: {
            epoch: 1,
            subtopologies: [
              {
                subtopologyId: '0',
                sourceTopics: ['t'],
                repartitionSinkTopics: [],
                stateChangelogTopics: [
                  {
                    name: 'log',
                    partitions: 2,
                    replicationFactor: 1,
                    topicConfigs: [{ key: 'cleanup.policy', value: 'compact' }],
                  },
                ],
                repartitionSourceTopics: [],
              },
            ],
          },
          members: [],
        },
      ],
    }));
    const [group] = await clock.settle(admin.describeStreamsGroups(['k']));
    expect(group).toMatchObject({ groupId: 'k', topologyEpoch: 1, groupEpoch: 3 });
    expect(group!.subtopologies[0]!.stateChangelogTopics[0]!.configs).toEqual(
      new Map([['cleanup.policy', 'compact']]),
    );
  });
});
