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

  it('has what it says is flushed, also of records that were there when a sync failed', async () => {
    const world = new World('sync');
    const machine = world.machine('broker');
    const platform = machine.boot();
    const directory = open(platform);
    const options = { leaderEpoch: 0, now: platform.clock.now() };
    const log = directory.createLog('t', 0, options);
    await world.settle(log.flushed(log.logEndOffset));
    platform.disk.fail('EIO', ({ kind, path }) => kind === 'sync' && path.endsWith('.log'));
    expect(errorOf(log.appendAsLeader(batch(), options))).toBe('NONE');
    await expect(world.settle(log.flushed(1))).rejects.toThrow('EIO');
    machine.kill();
    // The page cache still has the record, though the failed sync has taken it for written.
    const again = open(machine.boot()).log('t', 0)!;
    expect(again.logEndOffset).toBe(1);
    await world.settle(again.flushed(1));
    machine.crash();
    expect(open(machine.boot()).log('t', 0)!.logEndOffset).toBe(1);
  });

  it('has what it says is flushed, also in directories that a killed process has made', async () => {
    for (let seed = 0; seed < 8; seed++) {
      const world = new World(seed);
      const machine = world.machine('broker');
      const platform = machine.boot();
      const options = { leaderEpoch: 0, now: platform.clock.now() };
      const log = open(platform).createLog('t', 0, options);
      expect(errorOf(log.appendAsLeader(batch(), options))).toBe('NONE');
      machine.kill();
      await world.settle(open(machine.boot()).log('t', 0)!.flushed(1));
      machine.crash();
      expect(open(machine.boot()).log('t', 0)?.logEndOffset).toBe(1);
    }
  });

  it('is made anew where its directory could not be made durable', async () => {
    const world = new World('directory');
    const machine = world.machine('broker');
    const platform = machine.boot();
    platform.disk.fail('EIO', ({ kind, path }) => kind === 'syncDirectory' && path === '/');
    expect(() => open(platform)).toThrow('EIO');
    const options = { leaderEpoch: 0, now: platform.clock.now() };
    const log = open(platform).createLog('t', 0, options);
    expect(errorOf(log.appendAsLeader(batch(), options))).toBe('NONE');
    await world.settle(log.flushed(1));
    machine.crash();
    expect(open(machine.boot()).log('t', 0)?.logEndOffset).toBe(1);
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
