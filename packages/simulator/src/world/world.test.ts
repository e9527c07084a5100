import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventHeap } from './event-heap.ts';
import { SeededRandom } from './seeded-random.ts';
import { World } from './world.ts';

describe('EventHeap', () => {
  it('gives events by time, then in the order they were added, without the cancelled', () => {
    const additions = fc.array(fc.record({ atMs: fc.nat(5), cancelled: fc.boolean() }));
    fc.assert(
      fc.property(additions, (events) => {
        const heap = new EventHeap();
        events.forEach(({ atMs, cancelled }, i) => {
          const timer = heap.add(atMs, String(i), () => {});
          if (cancelled) timer.cancel();
        });
        const expected = events
          .map(({ atMs, cancelled }, i) => ({ atMs, cancelled, label: String(i) }))
          .filter(({ cancelled }) => !cancelled)
          .toSorted((a, b) => a.atMs - b.atMs);
        expect(heap.nextMs()).toBe(expected[0]?.atMs ?? Infinity);
        const taken = [];
        for (let event = heap.take(); event !== undefined; event = heap.take()) taken.push(event);
        expect(taken.map(({ label }) => label)).toEqual(expected.map(({ label }) => label));
      }),
    );
  });
});

describe('SeededRandom', () => {
  const draw = (random: SeededRandom): number[] => [0, 1, 2].map(() => random.uint32());

  it('is decided by its seed', () => {
    expect(draw(new SeededRandom(1))).toEqual(draw(new SeededRandom(1)));
    expect(draw(new SeededRandom(1))).not.toEqual(draw(new SeededRandom(2)));
  });

  it('forks streams that do not depend on what was drawn elsewhere', () => {
    const random = new SeededRandom(1);
    const before = draw(random.fork('disk'));
    draw(random);
    expect(draw(random.fork('disk'))).toEqual(before);
    expect(draw(random.fork('network'))).not.toEqual(before);
  });

  it('spreads evenly', () => {
    const random = new SeededRandom(7);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 40_000; i++) counts[random.below(4)]!++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });
});

describe('World', () => {
  it('lets time pass only by events, and runs out their promises before the next one', async () => {
    const world = new World(1);
    const { clock } = world.machine('a').boot();
    const log: string[] = [];
    const start = clock.now();
    clock.setTimer(1000, () => {
      void (async () => {
        for (let i = 0; i < 100; i++) await Promise.resolve();
        log.push(`promises of the first at ${clock.monotonic()}`);
      })();
    });
    clock.setTimer(1000, () => log.push('second'));
    clock.setTimer(2000, () => log.push('cancelled')).cancel();
    await world.runFor(3000);
    expect(log).toEqual(['promises of the first at 1000', 'second']);
    expect(clock.now() - start).toBe(3000);
  });

  it('settles a promise, or says that it never will be', async () => {
    const world = new World(1);
    const { clock } = world.machine('a').boot();
    const later = new Promise<string>((resolve) => {
      clock.setTimer(50_000, () => resolve('done'));
    });
    expect(await world.settle(later)).toBe('done');
    await expect(world.settle(Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(world.settle(new Promise(() => {}))).rejects.toThrow('simulated ms');
    expect(await world.step()).toBe(false);
  });

  it('lets nothing of a program happen after its machine crashed or it was killed', async () => {
    const world = new World(1);
    const machine = world.machine('a');
    const log: string[] = [];
    const first = machine.boot();
    first.disk
      .open('/x', 'create')
      .sync()
      .then(
        () => log.push('synced'),
        () => {},
      );
    first.clock.setTimer(100, () => log.push('timer'));
    machine.crash();
    expect(() => first.disk.list('/')).toThrow('crashed');
    const second = machine.boot();
    second.clock.setTimer(100, () => log.push('of the killed'));
    machine.kill();
    machine.boot().clock.setTimer(200, () => log.push('alive'));
    expect(() => machine.boot()).toThrow('running');
    await world.runFor(1000);
    expect(log).toEqual(['alive']);
  });

  it('takes a crash within an event for what it is, and any other error for a bug', async () => {
    const world = new World(1);
    const { clock, disk } = world.machine('a').boot();
    clock.setTimer(1, () => {
      disk.crashAtOperation(1);
      disk.makeDirectory('/x');
    });
    const other = world.machine('b').boot();
    other.clock.setTimer(2, () => {
      throw new Error('bug');
    });
    expect(await world.step()).toBe(true);
    expect(world.machine('a').running).toBe(false);
    await world.runFor(0);
    await expect(world.step()).rejects.toThrow('bug');
  });
});
