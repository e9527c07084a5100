import { errorOf } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { GroupScript } from './script.test-group.ts';

describe('ListGroups', () => {
  it('filters by state and type, whatever their case', async () => {
    const script = await GroupScript.start();
    await script.stableGroup(1);
    await script.commit({ groupId: 'simple' });
    expect(await script.list()).toEqual(['g Stable', 'simple Empty']);
    expect(await script.list(['stable '])).toEqual(['g Stable']);
    expect(await script.list(['Dead'])).toEqual([]);
    expect(await script.list([], ['CLASSIC'])).toEqual(['g Stable', 'simple Empty']);
    expect(await script.list([], ['consumer', 'nonsense'])).toEqual([]);
    const { groups } = await script.coordinator.listGroups({ statesFilter: [], typesFilter: [] });
    expect(groups.find(({ groupId }) => groupId === 'g')).toEqual({
      groupId: 'g',
      protocolType: 'consumer',
      groupState: 'Stable',
      groupType: 'classic',
    });
  });

  it('says that it cannot tell while a partition is loaded', async () => {
    const script = new GroupScript();
    script.coordinator.elected(0, script.log);
    const { errorCode } = await script.coordinator.listGroups({
      statesFilter: [],
      typesFilter: [],
    });
    expect(errorOf(errorCode).name).toBe('COORDINATOR_LOAD_IN_PROGRESS');
  });
});

describe('DescribeGroups', () => {
  it('shows metadata and assignments of a stable group', async () => {
    const script = await GroupScript.start();
    const [memberId] = await script.stableGroup(1);
    const { members, ...group } = await script.describe();
    expect(group).toMatchObject({
      errorCode: 0,
      groupState: 'Stable',
      protocolType: 'consumer',
      protocolData: 'range',
    });
    expect(members).toMatchObject([
      { memberId, groupInstanceId: null, clientId: 'client', clientHost: '/127.0.0.1' },
    ]);
    expect(String(members[0]!.memberAssignment)).toBe(memberId);
    expect(members[0]!.memberMetadata.length).toBeGreaterThan(0);
    const joining = script.joinNew();
    expect(await script.isPending(joining)).toBe(true);
    const rebalancing = await script.describe();
    expect(rebalancing).toMatchObject({ groupState: 'PreparingRebalance', protocolData: '' });
    expect(rebalancing.members[0]!.memberMetadata).toHaveLength(0);
  });

  it('knows an error for missing groups from version 6 on', async () => {
    const script = await GroupScript.start();
    expect(await script.describe('x')).toMatchObject({
      errorCode: 69,
      errorMessage: 'Group x not found.',
      groupState: 'Dead',
    });
    script.apiVersion = 5;
    expect(await script.describe('x')).toMatchObject({ errorCode: 0, groupState: 'Dead' });
  });
});

describe('DeleteGroups', () => {
  it('deletes empty groups with their offsets', async () => {
    const script = await GroupScript.start();
    const [memberId] = await script.stableGroup(1);
    await script.commit({ memberId: memberId!, generationId: 1 });
    expect(await script.deleteGroup()).toBe('NON_EMPTY_GROUP');
    await script.leave([{ memberId: memberId! }]);
    expect(await script.deleteGroup()).toBe('NONE');
    expect(await script.deleteGroup()).toBe('GROUP_ID_NOT_FOUND');
    expect(await script.fetch()).toEqual([-1]);
    const restarted = await script.restart();
    expect(await restarted.list()).toEqual([]);
    expect(await restarted.fetch()).toEqual([-1]);
  });
});

describe('a partition that is not led here', () => {
  it('answers every request with NOT_COORDINATOR, or after closing with its own error', async () => {
    const script = new GroupScript();
    const expectAll = async (expected: string) => {
      expect(errorOf((await script.join()).errorCode).name).toBe(expected);
      expect(errorOf((await script.sync({ memberId: 'm' })).errorCode).name).toBe(expected);
      expect(await script.heartbeat({ memberId: 'm' })).toBe(expected);
      expect(await script.leave([{ memberId: 'm' }])).toEqual([expected]);
      expect(await script.commit({})).toEqual([expected]);
      expect(await script.deleteGroup()).toBe(expected);
      expect(errorOf((await script.describe()).errorCode).name).toBe(expected);
    };
    await expectAll('NOT_COORDINATOR');
    expect(await script.fetch()).toBe('NOT_COORDINATOR');
    script.coordinator.close();
    await expectAll('COORDINATOR_NOT_AVAILABLE');
  });
});
