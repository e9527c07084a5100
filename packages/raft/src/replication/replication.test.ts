import { describe, expect, it } from 'vitest';
import { runScript, type ScriptOptions, trimmed } from '../testing/script.ts';

function check(options: ScriptOptions, transcript: string): void {
  expect(runScript(options, transcript)).toBe(trimmed(transcript));
}

describe('replication', () => {
  it('cuts from a follower what no majority had', () => {
    check(
      { nodes: 3, isLed: true },
      `
      > cut 1
      > propose 1 lost
      > deliver
      > campaign 2
      2 became prospective in epoch 1
      > campaign 3
      3 became prospective in epoch 1
      > deliver
      2 became candidate in epoch 2
      3 became candidate in epoch 2
      > wait 1500
      2 became prospective in epoch 2
      2 became candidate in epoch 3
      3 became unattached in epoch 3
      2 became leader in epoch 3
      3 became follower of 2 in epoch 3
      2 committed all below 4
      3 committed all below 4
      > propose 2 kept
      > propose 3 kept
      > deliver
      2 committed all below 5
      3 committed all below 5
      > join 1
      > wait 4000
      1 became resigned in epoch 1
      1 became follower of 2 in epoch 3
      1 truncated to 3
      1 committed all below 4
      1 committed all below 5
      > show
      1 is follower in epoch 3, voters 1,2,3: from 0 0@1 3@3 4@3
      2 is leader in epoch 3, voters 1,2,3: from 0 0@1 3@3 4@3
      3 is follower in epoch 3, voters 1,2,3: from 0 0@1 3@3 4@3
      `,
    );
  });

  it('gives a replica that is behind the log a snapshot', () => {
    check(
      { nodes: 3, isLed: true },
      `
      > cut 3
      > propose 1 a
      > propose 1 b
      > deliver
      1 committed all below 4
      2 committed all below 4
      1 committed all below 5
      2 committed all below 5
      > snapshot 1
      > propose 1 c
      > deliver
      1 committed all below 6
      2 committed all below 6
      > join 3
      > wait 2500
      3 became prospective in epoch 1
      3 became follower of 1 in epoch 1
      3 installed 00000000000000000005-0000000001.checkpoint
      3 committed all below 5
      3 committed all below 6
      > show
      1 is leader in epoch 1, voters 1,2,3: from 5 5@1
      2 is follower in epoch 1, voters 1,2,3: from 0 0@1 3@1 4@1 5@1
      3 is follower in epoch 1, voters 1,2,3: from 5 5@1
      `,
    );
  });

  it('commits nothing by a majority for a record of an older epoch', () => {
    check({ nodes: 5, isLed: true }, OLDER_EPOCH);
  });

  it('would lose that record if it did', () => {
    const options = { nodes: 5, isLed: true, bug: 'olderEpochCommitted' } as const;
    expect(() => runScript(options, OLDER_EPOCH)).toThrow('leader 1 of epoch 3 commits epoch 1');
  });
});

/**
 * 1 appends x in epoch 1, and 2 has it. 5 wins epoch 2 with 3 and 4, and falls silent. 1 wins epoch 3 and
 * brings x to 3, but not its own first record: a majority has x now. Then 5 wins epoch 4, and x is gone.
 */
const OLDER_EPOCH = `
  > cut 3
  > cut 4
  > cut 5
  > propose 1 x
  > deliver
  > crash 1
  > cut 2
  > join 3
  > join 4
  > join 5
  > campaign 3
  3 became prospective in epoch 1
  > campaign 4
  4 became prospective in epoch 1
  > campaign 5
  5 became prospective in epoch 1
  > deliver 5 > 3
  > deliver 3 > 5
  > deliver 5 > 4
  > deliver 4 > 5
  5 became candidate in epoch 2
  > deliver 5 > 3
  3 became unattached in epoch 2
  > deliver 3 > 5
  > deliver 5 > 4
  4 became unattached in epoch 2
  > deliver 4 > 5
  5 became leader in epoch 2
  > deliver 4 > 5
  > crash 5
  > cut 4
  > join 2
  > start 1
  1 became resigned in epoch 1
  > campaign 1
  1 became unattached in epoch 2
  1 became prospective in epoch 2
  > campaign 2
  2 became prospective in epoch 1
  > campaign 3
  3 became prospective in epoch 2
  > campaign 1
  1 became unattached in epoch 2
  1 became prospective in epoch 2
  > deliver 1 > 2
  2 became follower of 1 in epoch 1
  2 became prospective in epoch 1
  2 became unattached in epoch 2
  > deliver 2 > 1
  > deliver 1 > 3
  > deliver 3 > 1
  1 became candidate in epoch 3
  > deliver 1 > 2
  2 became unattached in epoch 3
  > deliver 2 > 1
  > deliver 1 > 3
  3 became unattached in epoch 3
  > deliver 3 > 1
  1 became leader in epoch 3
  > deliver 1 > 3
  3 became follower of 1 in epoch 3
  > deliver 1 > 2
  2 became follower of 1 in epoch 3
  > deliver 3 > 1
  > deliver 2 > 1
  > deliver 1 > 3
  > deliver 3 > 1
  > deliver 3 > 1
  > show
  1 is leader in epoch 3, voters 1,2,3,4,5: from 0 0@1 3@1 4@3
  2 is follower in epoch 3, voters 1,2,3,4,5: from 0 0@1 3@1
  3 is follower in epoch 3, voters 1,2,3,4,5: from 0 0@1 3@1
  4 is unattached in epoch 2, voters 1,2,3,4,5: from 0 0@1
  5 is down: from 0 0@1 3@2
  > crash 1
  > crash 2
  > start 5
  5 became resigned in epoch 2
  > join 4
  > campaign 5
  5 became unattached in epoch 3
  5 became prospective in epoch 3
  > campaign 5
  5 became unattached in epoch 3
  5 became prospective in epoch 3
  > campaign 3
  3 became prospective in epoch 3
  > campaign 4
  4 became prospective in epoch 2
  > deliver
  4 became follower of 5 in epoch 2
  4 became follower of 1 in epoch 3
  5 became follower of 1 in epoch 3
  > wait 2000
  3 became follower of 1 in epoch 3
  4 became prospective in epoch 3
  5 became prospective in epoch 3
  5 became candidate in epoch 4
  3 became unattached in epoch 4
  4 became unattached in epoch 4
  5 became leader in epoch 4
  3 became follower of 5 in epoch 4
  4 became follower of 5 in epoch 4
  3 truncated to 3
  5 committed all below 5
  3 committed all below 5
  4 committed all below 5
  > start 1
  1 became resigned in epoch 3
  > start 2
  2 became follower of 1 in epoch 3
  > wait 3000
  2 became prospective in epoch 3
  1 became follower of 5 in epoch 4
  2 became follower of 5 in epoch 4
  1 truncated to 4
  2 truncated to 3
  1 truncated to 3
  2 committed all below 4
  1 committed all below 4
  2 committed all below 5
  1 committed all below 5
  > show
  1 is follower in epoch 4, voters 1,2,3,4,5: from 0 0@1 3@2 4@4
  2 is follower in epoch 4, voters 1,2,3,4,5: from 0 0@1 3@2 4@4
  3 is follower in epoch 4, voters 1,2,3,4,5: from 0 0@1 3@2 4@4
  4 is follower in epoch 4, voters 1,2,3,4,5: from 0 0@1 3@2 4@4
  5 is leader in epoch 4, voters 1,2,3,4,5: from 0 0@1 3@2 4@4
`;
