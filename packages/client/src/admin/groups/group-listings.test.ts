import { describe, expect, it } from 'vitest';
import { ScriptedCluster } from '../../testing/scripted-cluster.ts';

function setUp() {
  const cluster = new ScriptedCluster(1);
  return { broker: cluster.broker(1), clock: cluster.clock, admin: cluster.admin() };
}

describe('listGroups', () => {
  it('filters at the broker by state and type, and here by protocol', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('ListGroups', () => ({
      errorCode: 0,
      groups: [
        { groupId: 'b', protocolType: 'connect' },
        { groupId: 'a', protocolType: 'consumer', groupState: 'Empty', groupType: 'Classic' },
      ],
    }));
    const found = await clock.settle(
      admin.listGroups({ states: ['Empty'], types: ['Classic'], protocolTypes: ['consumer'] }),
    );
    expect(found).toEqual([
      { groupId: 'a', protocolType: 'consumer', state: 'Empty', type: 'Classic' },
    ]);
    expect(broker.of('ListGroups')).toMatchObject([
      { statesFilter: ['Empty'], typesFilter: ['Classic'] },
    ]);
  });

  it('does not pretend to filter where a broker cannot', async () => {
    const { broker, clock, admin } = setUp();
    broker.maxVersions.set('ListGroups', 4);
    const listed = clock.settle(admin.listGroups({ types: ['Share'] }));
    await expect(listed).rejects.toMatchObject({ code: 'UNSUPPORTED_VERSION' });
  });

  it('takes types in whichever case brokers write them', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('ListGroups', () => ({
      errorCode: 0,
      groups: ['classic', 'Share', 'new-one'].map((groupType) => ({
        groupId: groupType,
        protocolType: 'consumer',
        groupState: 'Empty',
        groupType,
      })),
    }));
    const listed = await clock.settle(admin.listGroups());
    expect(listed.map(({ type }) => type)).toEqual(['Share', 'Classic', 'new-one']);
  });

  it('asks a broker that knows only classic groups for these without a filter', async () => {
    const { broker, clock, admin } = setUp();
    broker.maxVersions.set('ListGroups', 4);
    const group = { groupId: 'a', protocolType: 'consumer', groupState: 'Empty' };
    broker.on('ListGroups', () => ({ errorCode: 0, groups: [group] }));
    const types = ['Consumer', 'Classic'] as const;
    const listed = await clock.settle(admin.listGroups({ types, states: ['Empty'] }));
    expect(listed).toMatchObject([{ groupId: 'a', type: '' }]);
    expect(broker.of('ListGroups')).toMatchObject([{ statesFilter: ['Empty'] }]);
  });
});
