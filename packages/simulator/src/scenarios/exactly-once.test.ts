import { describe, expect, it } from 'vitest';
import { simulate } from '../scenario.ts';
import { exactlyOnce, exactlyOnceFor } from './exactly-once.ts';
import { whatCatches } from './planted-bug.test-support.ts';

describe('transactions in a broker that crashes', () => {
  it('are whole or nothing, and each record is copied once', async () => {
    const outcome = await simulate(exactlyOnceFor({ rounds: 2 }), 1);
    expect(outcome).toMatchObject({ covered: expect.stringMatching(/^\d+ crashes/) });
  }, 60_000);

  it('end the same with the same seed', async () => {
    const scenario = exactlyOnceFor({ rounds: 1 });
    expect(await simulate(scenario, 2)).toEqual(await simulate(scenario, 2));
  }, 60_000);

  it.each(exactlyOnce.plants)(
    'are caught when the bug "%s" is planted',
    async (plant) => {
      const error = await whatCatches(exactlyOnce, plant, { seeds: 8 });
      expect(error).toMatchObject({ name: 'Violation' });
    },
    60_000,
  );
});
