import { describe, expect, it } from 'vitest';
import { runScript, type ScriptOptions, trimmed } from '../testing/script.ts';

function check(options: ScriptOptions, transcript: string): void {
  expect(runScript(options, transcript)).toBe(trimmed(transcript));
}

describe('election', () => {
  it('asks first whether it would win, then raises the epoch, then commits its own record', () => {
    check(
      { nodes: 3 },
      `
      > campaign 1
      1 became prospective in epoch 0
      > deliver
      1 became candidate in epoch 1
      2 became unattached in epoch 1
      3 became unattached in epoch 1
      1 became leader in epoch 1
      2 became follower of 1 in epoch 1
      3 became follower of 1 in epoch 1
      1 committed all below 3
      2 committed all below 3
      3 committed all below 3
      > propose 1 a
      > deliver
      1 committed all below 4
      2 committed all below 4
      3 committed all below 4
      > show
      1 is leader in epoch 1, voters 1,2,3: from 0 0@1 3@1
      2 is follower in epoch 1, voters 1,2,3: from 0 0@1 3@1
      3 is follower in epoch 1, voters 1,2,3: from 0 0@1 3@1
      `,
    );
  });

  it('leaves the epoch alone when a replica that was cut off comes back (pre-vote)', () => {
    check(
      { nodes: 3, isLed: true },
      `
      > cut 3
      > campaign 3
      3 became prospective in epoch 1
      > wait 4000
      3 became follower of 1 in epoch 1
      3 became prospective in epoch 1
      > join 3
      > wait 2000
      3 became follower of 1 in epoch 1
      > show
      1 is leader in epoch 1, voters 1,2,3: from 0 0@1
      2 is follower in epoch 1, voters 1,2,3: from 0 0@1
      3 is follower in epoch 1, voters 1,2,3: from 0 0@1
      `,
    );
  });

  it('grants no vote to a replica whose log is behind', () => {
    check(
      { nodes: 3, isLed: true },
      `
      > cut 3
      > propose 1 a
      > deliver
      1 committed all below 4
      2 committed all below 4
      > crash 1
      > join 3
      > campaign 3
      3 became prospective in epoch 1
      > campaign 2
      2 became prospective in epoch 1
      > deliver
      2 became candidate in epoch 2
      3 became unattached in epoch 2
      2 became leader in epoch 2
      3 became follower of 2 in epoch 2
      2 committed all below 5
      3 committed all below 5
      > show
      1 is down: from 0 0@1 3@1
      2 is leader in epoch 2, voters 1,2,3: from 0 0@1 3@1 4@2
      3 is follower in epoch 2, voters 1,2,3: from 0 0@1 3@1 4@2
      `,
    );
  });

  it('resigns without a majority, and another leads (check quorum)', () => {
    check(
      { nodes: 3, isLed: true },
      `
      > cut 1
      > propose 1 lost
      > campaign 2
      2 became prospective in epoch 1
      > campaign 3
      3 became prospective in epoch 1
      > wait 3500
      2 became candidate in epoch 2
      3 became candidate in epoch 2
      2 became prospective in epoch 2
      2 became candidate in epoch 3
      3 became unattached in epoch 3
      2 became leader in epoch 3
      3 became follower of 2 in epoch 3
      2 committed all below 4
      3 committed all below 4
      1 became resigned in epoch 1
      > propose 2 kept
      > propose 3 kept
      > wait 100
      2 committed all below 5
      3 committed all below 5
      > join 1
      > wait 3000
      1 became unattached in epoch 2
      1 became prospective in epoch 2
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

  it('leads no epoch twice: a leader that restarts resigns first', () => {
    check(
      { nodes: 3, isLed: true },
      `
      > crash 1
      > start 1
      1 became resigned in epoch 1
      > deliver
      2 became prospective in epoch 1
      3 became prospective in epoch 1
      2 became candidate in epoch 2
      3 became candidate in epoch 2
      1 became unattached in epoch 2
      2 became leader in epoch 2
      1 became follower of 2 in epoch 2
      3 became follower of 2 in epoch 2
      2 committed all below 4
      1 committed all below 4
      3 committed all below 4
      > wait 3000
      > show
      1 is follower in epoch 2, voters 1,2,3: from 0 0@1 3@2
      2 is leader in epoch 2, voters 1,2,3: from 0 0@1 3@2
      3 is follower in epoch 2, voters 1,2,3: from 0 0@1 3@2
      `,
    );
  });

  it('hands over to the replica that is furthest when a leader resigns', () => {
    check(
      { nodes: 3, isLed: true },
      `
      > cut 3
      > propose 1 a
      > deliver
      1 committed all below 4
      2 committed all below 4
      > join 3
      > resign 1
      1 became resigned in epoch 1
      > deliver
      2 became prospective in epoch 1
      2 became candidate in epoch 2
      1 became unattached in epoch 2
      3 became unattached in epoch 2
      2 became leader in epoch 2
      1 became follower of 2 in epoch 2
      3 became follower of 2 in epoch 2
      2 committed all below 5
      1 committed all below 5
      3 committed all below 5
      > wait 1000
      > show
      1 is follower in epoch 2, voters 1,2,3: from 0 0@1 3@1 4@2
      2 is leader in epoch 2, voters 1,2,3: from 0 0@1 3@1 4@2
      3 is follower in epoch 2, voters 1,2,3: from 0 0@1 3@1 4@2
      `,
    );
  });
});
