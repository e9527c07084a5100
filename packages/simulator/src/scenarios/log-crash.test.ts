import { type AppendResult, defaultLogConfig, isFailure, LogDirectory } from '@tidelog/log';
import { BatchBuilder } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { simulate } from '../scenario.ts';
import type { SimulatedPlatform } from '../world/machine.ts';
import { World } from '../world/world.ts';
import { logCrash, logCrashAt } from './log-crash.ts';

describe('a log that loses power in each change on the disk', () => {
  it('loses nothing that it acknowledged', async () => {
    // A sample for each run of the tests; `npm run simulate -- --thorough` crashes in all.
    const outcome = await simulate(logCrashAt({ sample: 40 }), 1);
    expect(outcome).toMatchObject({ covered: expect.stringMatching(/^\d{2} crash points$/) });
  }, 60_000);

  it('does the same again with the same seed', async () => {
    const scenario = logCrashAt({ sample: 5 });
    expect(await simulate(scenario, 7)).toEqual(await simulate(scenario, 7));
  }, 60_000);

  it.each(logCrash.plants)(
    'is caught when the bug "%s" is planted',
    async (plant) => {
      expect(await simulate(logCrash, 1, plant)).toHaveProperty('error');
    },
    60_000,
  );
});

describe('a log on a disk that fails', () => {
  const open = ({ disk, random, clock }: SimulatedPlatform) =>
    LogDirectory.open({
      disk,
      random,
      path: '/data',
      now: clock.now(),
      configOf: () => defaultLogConfig,
    });
  const batch = () => {
    const builder = new BatchBuilder();
    builder.append(1, 'key', 'value');
    return Buffer.from(builder.finish());
  };
  const errorOf = (result: AppendResult) => (isFailure(result) ? result.error.name : 'NONE');

  it('is offline after an error, and has all that was flushed', async () => {
    const code = 'EIO';
    const world = new World(code);
    const machine = world.machine('broker');
    const platform = machine.boot();
    const directory = open(platform);
    const options = { leaderEpoch: 0, now: platform.clock.now() };
    const log = directory.createLog('t', 0, options);
    expect(errorOf(log.appendAsLeader(batch(), options))).toBe('NONE');
    await world.settle(log.flushed(1));
    platform.disk.fail(code, ({ kind, path }) => kind === 'write' && path.endsWith('.log'));
    expect(errorOf(log.appendAsLeader(batch(), options))).toBe('KAFKA_STORAGE_ERROR');
    expect(errorOf(log.appendAsLeader(batch(), options))).toBe('KAFKA_STORAGE_ERROR');
    expect(directory.failure).toMatch(code);
    machine.kill();
    const again = open(machine.boot()).log('t', 0)!;
    expect(again.logEndOffset).toBe(1);
    expect(errorOf(again.appendAsLeader(batch(), options))).toBe('NONE');
  });

  it('goes on after it was full', async () => {
    const world = new World('full');
    const platform = world.machine('broker').boot();
    const directory = open(platform);
    const options = { leaderEpoch: 0, now: platform.clock.now() };
    const log = directory.createLog('t', 0, options);
    expect(errorOf(log.appendAsLeader(batch(), options))).toBe('NONE');
    platform.disk.fail('ENOSPC', ({ kind, path }) => kind === 'write' && path.endsWith('.log'));
    const refused = log.appendAsLeader(batch(), options);
    expect(refused).toMatchObject({ error: { name: 'KAFKA_STORAGE_ERROR', retriable: true } });
    expect(refused).toHaveProperty('message', expect.stringMatching(/ENOSPC/));
    expect(directory.failure).toBeNull();
    expect(log.logEndOffset).toBe(1);
    expect(errorOf(log.appendAsLeader(batch(), options))).toBe('KAFKA_STORAGE_ERROR');
    directory.tick(options.now);
    expect(errorOf(log.appendAsLeader(batch(), options))).toBe('NONE');
    await world.settle(log.flushed(2));
  });
});
