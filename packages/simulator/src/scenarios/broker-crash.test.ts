import { describe, expect, it } from 'vitest';
import { simulate } from '../scenario.ts';
import { brokerCrash, brokerCrashFor } from './broker-crash.ts';
import { whatCatches } from './planted-bug.test-support.ts';

describe('a broker that crashes', () => {
  it('loses nothing that it acknowledged, and comes up again by itself', async () => {
    const outcome = await simulate(brokerCrashFor({ rounds: 3 }), 1);
    expect(outcome).toMatchObject({ covered: expect.stringMatching(/^\d+ crashes/) });
  }, 60_000);

  it('does the same again with the same seed', async () => {
    const scenario = brokerCrashFor({ rounds: 1 });
    expect(await simulate(scenario, 2)).toEqual(await simulate(scenario, 2));
  }, 60_000);

  it.each(brokerCrash.plants)(
    'is caught when the bug "%s" is planted',
    async (plant) => {
      const error = await whatCatches(brokerCrash, plant, { seeds: 5 });
      expect(error).toMatchObject({ name: 'Violation' });
    },
    60_000,
  );
});
