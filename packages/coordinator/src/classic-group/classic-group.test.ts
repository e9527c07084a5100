import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Action, Crowd, snapshot } from './crowd.test-machine.ts';
import { MachineDriver } from '../group/driver.test-machine.ts';

const who = fc.integer({ min: 0, max: 5 });
const by = (kind: Exclude<Action['kind'], 'pass' | 'all go'>) =>
  fc.record({ kind: fc.constant(kind), who });
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 8, arbitrary: by('go') },
  { weight: 12, arbitrary: fc.constant({ kind: 'all go' as const }) },
  { weight: 2, arbitrary: by('join') },
  { weight: 2, arbitrary: by('sync') },
  { weight: 1, arbitrary: by('beat') },
  { weight: 1, arbitrary: by('leave') },
  { weight: 3, arbitrary: by('commit') },
  { weight: 1, arbitrary: by('forget') },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.constantFrom(1, 3_000, 3_000, 5_000, 31_000),
    }),
  },
);

describe('a group, whatever its members do', () => {
  it('has one leader a generation, assignments of this generation, and a log that tells it all', () => {
    let stableChecks = 0;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 0, max: 3 }),
        fc.array(action, { maxLength: 60, size: 'max' }),
        (size, statics, actions) => {
          const crowd = new Crowd(size, statics);
          for (const next of actions) crowd.run(next);
          crowd.driver.pass(20 * 60_000);
          const left = [...crowd.driver.waiting.values()].map(({ api }) => api);
          expect(left, 'every request is answered in the end').toEqual([]);
          expect(snapshot(crowd.driver.replayed())).toBe(snapshot(crowd.driver.machine));
          stableChecks += crowd.stableChecks;
        },
      ),
      { numRuns: 100 },
    );
    expect(stableChecks, 'the crowd gets somewhere').toBeGreaterThan(100);
  }, 20_000);
});

describe('a group of 10,000 members', () => {
  it('is joined, assigned and left in reasonable time', () => {
    const driver = new MachineDriver();
    const joins = Array.from({ length: 10_000 }, () => driver.join({ apiVersion: 3 }));
    driver.pass(6_000);
    const replies = joins.map((request) => driver.joinReply(request)!);
    const leader = replies.find(({ members }) => members.length > 0)!;
    expect(leader.members).toHaveLength(10_000);
    for (const { memberId, generationId } of replies) {
      if (memberId !== leader.memberId) sync(memberId, generationId!);
    }
    sync(leader.memberId, leader.generationId!);
    expect(driver.machine.table.find('g', 'classic')?.state).toBe('Stable');
    expect(driver.waiting.size).toBe(0);
    driver.pass(10_000); // nobody sends a heartbeat
    expect(driver.machine.table.find('g', 'classic')?.members.size).toBe(0);

    function sync(memberId: string, generationId: number): void {
      const request = { groupId: 'g', memberId, generationId, groupInstanceId: null };
      const protocol = { protocolType: null, protocolName: null };
      driver.submit({ api: 'SyncGroup', request: { ...request, ...protocol, assignments: [] } });
    }
  }, 20_000);
});
