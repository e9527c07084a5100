import { describe, expect, it } from 'vitest';
import { simulate } from '../scenario.ts';
import { logFaults, logFaultsAt } from './log-faults.ts';
import { whatCatches } from './planted-bug.test-support.ts';

describe('a log on a disk that fails, or is full, at each change', () => {
  it('goes offline or on, and has all that it acknowledged', async () => {
    // A sample for each run of the tests; `npm run simulate -- --thorough` fails all of them.
    const outcome = await simulate(logFaultsAt({ sample: 18 }), 1);
    expect(outcome).toMatchObject({ covered: expect.stringMatching(/^\d+ faults$/) });
  }, 60_000);

  it.each(logFaults.plants)(
    'is caught when the bug "%s" is planted',
    async (plant) => {
      const error = await whatCatches(logFaults, plant, { from: 15, seeds: 10 });
      expect(error).toMatchObject({ name: 'Violation' });
    },
    60_000,
  );
});
