import { describe, expect, it } from 'vitest';
import { runScript, type ScriptOptions, trimmed } from '../testing/script.ts';

function check(options: ScriptOptions, transcript: string): void {
  expect(runScript(options, transcript)).toBe(trimmed(transcript));
}

describe('voters', () => {
  it('are added once they have caught up', () => {
    check(
      { nodes: 4, voters: [1, 2, 3], isLed: true },
      `
      > add 2 4
      2 refused the addition: this broker is not the leader, or no replica, of the partition
      > add 1 4
      > add 1 4
      1 refused the addition: another change of the voters is pending
      > wait 100
      1 committed all below 4
      1 accepted the addition
      3 committed all below 4
      2 committed all below 4
      4 committed all below 4
      > add 1 4
      1 refused the addition: 4 is a voter already
      > propose 1 a
      > deliver
      1 committed all below 5
      2 committed all below 5
      3 committed all below 5
      4 committed all below 5
      > show
      1 is leader in epoch 1, voters 1,2,3,4: from 0 0@1 3@1 4@1
      2 is follower in epoch 1, voters 1,2,3,4: from 0 0@1 3@1 4@1
      3 is follower in epoch 1, voters 1,2,3,4: from 0 0@1 3@1 4@1
      4 is follower in epoch 1, voters 1,2,3,4: from 0 0@1 3@1 4@1
      `,
    );
  });

  it('are removed, the leader too, which then resigns', () => {
    check(
      { nodes: 4, isLed: true },
      `
      > remove 1 2
      > deliver
      1 committed all below 4
      1 accepted the removal
      3 committed all below 4
      2 committed all below 4
      4 committed all below 4
      > remove 1 2
      1 refused the removal: 2 is no voter, or the only one
      > remove 1 1
      > deliver
      1 committed all below 5
      1 accepted the removal
      1 became resigned in epoch 1
      4 committed all below 5
      3 became prospective in epoch 1
      3 became follower of 1 in epoch 1
      > wait 2500
      4 became prospective in epoch 1
      4 became candidate in epoch 2
      3 became unattached in epoch 2
      4 became leader in epoch 2
      3 became follower of 4 in epoch 2
      2 became unattached in epoch 2
      2 became follower of 4 in epoch 2
      4 committed all below 6
      3 committed all below 6
      2 committed all below 6
      1 became unattached in epoch 2
      1 became follower of 4 in epoch 2
      1 committed all below 6
      > show
      1 is follower in epoch 2, voters 3,4: from 0 0@1 3@1 4@1 5@2
      2 is follower in epoch 2, voters 3,4: from 0 0@1 3@1 4@1 5@2
      3 is follower in epoch 2, voters 3,4: from 0 0@1 3@1 4@1 5@2
      4 is leader in epoch 2, voters 3,4: from 0 0@1 3@1 4@1 5@2
      `,
    );
  });

  it('tell the leader when they have moved', () => {
    check(
      { nodes: 3, isLed: true },
      `
      > move 3 9999
      3 became follower of 1 in epoch 1
      > wait 1000
      3 committed all below 3
      > voters 1
      1 knows 1 at 9093, 2 at 9093, 3 at 9093
      > wait 2000
      1 committed all below 4
      2 committed all below 4
      3 committed all below 4
      > voters 1
      1 knows 1 at 9093, 2 at 9093, 3 at 9999
      > voters 2
      2 knows 1 at 9093, 2 at 9093, 3 at 9999
      `,
    );
  });

  it('join by themselves where the configuration says so', () => {
    check(
      { nodes: 4, voters: [1, 2, 3], isLed: true, autoJoin: true },
      `
      > wait 1000
      > voters 1
      1 knows 1 at 9093, 2 at 9093, 3 at 9093
      > wait 2000
      1 accepted the addition
      1 committed all below 4
      3 committed all below 4
      2 committed all below 4
      4 committed all below 4
      > voters 1
      1 knows 1 at 9093, 2 at 9093, 3 at 9093, 4 at 9093
      > voters 4
      4 knows 1 at 9093, 2 at 9093, 3 at 9093, 4 at 9093
      `,
    );
  });
});
