import { describe, expect, it } from 'vitest';
import { simulate } from '../scenario.ts';
import { logCrash, logCrashAt } from './log-crash.ts';

describe('a log that loses power in each change on the disk', () => {
  it('loses nothing that it acknowledged', async () => {
    // A sample for each run of the tests; `npm run simulate` crashes in all of them.
    const outcome = await simulate(logCrashAt({ every: 23, draws: 2 }), 1);
    expect(outcome).toMatchObject({ covered: expect.stringMatching(/^\d{2} crash points$/) });
  });

  it.each(logCrash.plants)('is caught when the bug "%s" is planted', async (plant) => {
    expect(await simulate(logCrash, 1, plant)).toHaveProperty('error');
  });
});
