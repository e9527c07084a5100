import { describe, expect, it } from 'vitest';
import { simulate } from '../scenario.ts';
import { Ownership } from './consumer-groups/ownership.ts';
import { classicGroups, consumerGroups, consumerGroupsFor } from './consumer-groups.ts';
import { whatCatches } from './planted-bug.test-support.ts';

describe.each([
  { scenario: consumerGroups, protocol: 'consumer' as const },
  { scenario: classicGroups, protocol: 'classic' as const },
])('$protocol groups in a broker that crashes', ({ scenario, protocol }) => {
  it('share their partitions, each with one owner in an epoch', async () => {
    const outcome = await simulate(consumerGroupsFor({ rounds: 3, protocol }), 1);
    expect(outcome).toMatchObject({ covered: expect.stringMatching(/^\d+ crashes/) });
  }, 60_000);

  it.each(scenario.plants)(
    'are caught when the bug "%s" is planted',
    async (plant) => {
      const error = await whatCatches(scenario, plant, { seeds: 8 });
      expect(error).toMatchObject({ name: 'Violation' });
    },
    60_000,
  );
});

describe('ownership', () => {
  it('goes from one member to another only with a new epoch', () => {
    const ownership = new Ownership();
    ownership.claim('a', 1, [0, 1]);
    ownership.claim('a', 1, [0, 1]);
    ownership.claim('b', 2, [1]);
    expect(() => ownership.claim('b', 1, [1])).toThrow('owned by a and by b');
  });
});
