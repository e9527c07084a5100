import { errors } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { groupCoordinatorDefaults } from '../group/config.ts';
import { GroupScript } from './script.test-group.ts';

describe('a consumer that joins', () => {
  it('is given an id, waits for the initial delay, leads, and gets its assignment', async () => {
    const script = await GroupScript.start();
    const first = await script.join({ memberId: '' });
    expect(first.errorCode).toBe(errors.MEMBER_ID_REQUIRED.code);
    expect(first.memberId).toMatch(/^client-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]/);

    const joining = script.join({ memberId: first.memberId });
    await script.clock.pass(2_999);
    expect(await script.isPending(joining)).toBe(true);
    await script.clock.pass(1);
    const { generationId, leader, members, protocolName, protocolType } = await joining;
    expect({ generationId, leader, protocolName, protocolType }).toEqual({
      generationId: 1,
      leader: first.memberId,
      protocolName: 'range',
      protocolType: 'consumer',
    });
    expect(members).toHaveLength(1);

    const synced = await script.sync({
      memberId: first.memberId,
      generationId: 1,
      assignments: [{ memberId: first.memberId, assignment: Buffer.from('all') }],
    });
    expect(String(synced.assignment)).toBe('all');
    const beat = { memberId: first.memberId, generationId: 1 };
    expect(await script.heartbeat(beat)).toBe('NONE');

    expect(await script.commit({ ...beat, offset: 42 })).toEqual(['NONE']);
    expect(await script.fetch()).toEqual([42]);
    expect(await script.leave([{ memberId: first.memberId }])).toEqual(['NONE']);
    expect(await script.describe()).toMatchObject({ groupState: 'Empty', members: [] });
    expect(groupCoordinatorDefaults.initialRebalanceDelayMs).toBe(3_000);
  });
});
