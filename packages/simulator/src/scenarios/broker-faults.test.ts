import { describe, expect, it } from 'vitest';
import { simulate } from '../scenario.ts';
import { brokerFaults, brokerFaultsFor } from './broker-faults.ts';
import { whatCatches } from './planted-bug.test-support.ts';

describe('a broker on disks that fail', () => {
  it('goes on with what is left, and loses nothing that it acknowledged', async () => {
    const outcome = await simulate(brokerFaultsFor({ rounds: 2 }), 2);
    expect(outcome).toMatchObject({ covered: expect.stringMatching(/^\d+ failures/) });
  }, 60_000);

  it('ends the same with the same seed', async () => {
    const scenario = brokerFaultsFor({ rounds: 1 });
    expect(await simulate(scenario, 3)).toEqual(await simulate(scenario, 3));
  }, 60_000);

  it.each(brokerFaults.plants)(
    'is caught when the bug "%s" is planted',
    async (plant) => {
      const error = await whatCatches(brokerFaultsFor({ rounds: 4 }), plant, { from: 2, seeds: 7 });
      expect(error).toMatchObject({ name: 'Violation' });
    },
    60_000,
  );
});
