import { describe, expect, it } from 'vitest';
import { simulate } from '../scenario.ts';
import { cleanerCrash, cleanerCrashAt } from './cleaner-crash.ts';

describe('a compacted log that loses power in each change on the disk', () => {
  it('keeps the last of each key, and all that it acknowledged', async () => {
    // A sample for each run of the tests; `npm run simulate -- --thorough` crashes in all.
    const outcome = await simulate(cleanerCrashAt({ sample: 25 }), 1);
    expect(outcome).toMatchObject({ covered: expect.stringMatching(/^\d+ crash points$/) });
  }, 60_000);

  it.each(cleanerCrash.plants)(
    'is caught when the bug "%s" is planted',
    async (plant) => {
      expect(await simulate(cleanerCrashAt({ sample: 150 }), 1, plant)).toHaveProperty('error');
    },
    60_000,
  );
});
