import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reader, setUp } from '../testing/consumed-broker.ts';
import type { ConsumedMessage } from './consumed-message.ts';
import type { ConsumerOptions } from './consumer-settings.ts';
import type { RunOptions, WorkContext, WorkFailure } from './run-options.ts';

const REBALANCE_IN_PROGRESS = 27;
const UNKNOWN_MEMBER_ID = 25;

/** A consumer that runs; the test says when a message is done. */
function running(run: RunOptions = {}, options: ConsumerOptions = {}) {
  const set = setUp({ groupId: 'g', ...options });
  const work = new Map<string, { context: WorkContext; done: () => void; fail: () => void }>();
  const begun: string[] = [];
  const onMessage = (message: ConsumedMessage, context: WorkContext): Promise<void> => {
    const value = String(message.value);
    begun.push(value);
    return new Promise((resolve, reject) => {
      const done = (): void => {
        work.delete(value);
        resolve();
      };
      const fail = (): void => {
        work.delete(value);
        reject(new Error(`no ${value}`));
      };
      work.set(value, { context, done, fail });
    });
  };
  set.consumer.subscribe('t');
  const stop = new AbortController();
  const options_ = { onMessage, signal: stop.signal, ...run };
  if (run.onBatch !== undefined) delete (options_ as { onMessage?: unknown }).onMessage;
  const ended = set.consumer.run(options_);
  ended.catch(() => {});
  const turns = async (): Promise<void> => {
    for (let i = 0; i < 8; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  const until = (count: number): Promise<void> => set.clock.until(() => begun.length === count);
  return { ...set, work, begun, ended, stop, turns, until };
}

describe('a consumer that runs', () => {
  it('works on partitions at once, and on one partition in its order', async () => {
    const { append, begun, turns, until, work } = running({ concurrency: 4 });
    append(0, 'a', 'b');
    append(1, 'x', 'y');
    await until(2);
    expect(begun.toSorted()).toEqual(['a', 'x']);
    work.get('x')!.done();
    await until(3);
    await turns();
    expect(begun[2]).toBe('y');
  });

  it('works on keys at once, and on one key in its order; commits without a gap', async () => {
    const { append, begun, clock, committed, consumer, until, work } = running({
      concurrency: 3,
      orderBy: 'key',
    });
    append(0, 'k1:a', 'k1:b', 'k2:c', 'k3:d');
    await until(3);
    expect(begun).toEqual(['k1:a', 'k2:c', 'k3:d']);
    work.get('k2:c')!.done();
    work.get('k3:d')!.done();
    await clock.settle(consumer.commit());
    expect(committed.get(0)).toBe(0);
    work.get('k1:a')!.done();
    await until(4);
    await clock.settle(consumer.commit());
    expect(committed.get(0)).toBe(1);
    work.get('k1:b')!.done();
    await clock.until(() => committed.get(0) === 4);
  });

  it('takes in no more of a partition than can be worked on soon', async () => {
    const { append, begun, consumer, until } = running({ concurrency: 2, orderBy: 'key' });
    append(0, ...Array.from({ length: 100 }, (_, i) => `same:${i}`));
    append(1, 'other:1');
    await until(2);
    expect(begun.toSorted()).toEqual(['other:1', 'same:0']);
    expect(consumer.position({ topic: 't', partition: 0 })).toBe(16);
  });

  it('waits for what is in work before a partition goes elsewhere, and begins nothing new of it', async () => {
    const { append, begun, broker, clock, committed, group, turns, until, work } = running({
      concurrency: 2,
      orderBy: 'key',
    });
    append(0, 'k:a', 'k:b');
    append(1, 'k:x');
    await until(2);
    group.assignment = [{ topic: 't', partition: 1 }];
    group.heartbeat = REBALANCE_IN_PROGRESS;
    await clock.until(() => broker.of('Heartbeat').length > 0);
    await turns();
    expect(group.generation).toBe(1);
    work.get('k:a')!.done();
    work.get('k:x')!.done();
    await clock.until(() => group.generation === 2);
    expect([committed.get(0), committed.get(1)]).toEqual([1, 1]);
    expect(begun.toSorted()).toEqual(['k:a', 'k:x']);
  });

  it('aborts what takes longer than a rebalance may wait, and commits nothing of it', async () => {
    const { append, broker, clock, committed, group, until, work } = running(
      {},
      { maxPollIntervalMs: 20_000 },
    );
    append(0, 'a');
    await until(1);
    group.heartbeat = REBALANCE_IN_PROGRESS;
    const { signal } = work.get('a')!.context;
    await clock.until(() => signal.aborted);
    await clock.until(() => group.generation === 2);
    expect(clock.monotonic()).toBeGreaterThanOrEqual(10_000);
    expect(broker.of('LeaveGroup')).toHaveLength(0);
    expect(committed.get(0) ?? 0).toBe(0);
    work.get('a')!.done();
    await clock.until(() => work.has('a')); // again, from the committed offset
  });

  it('aborts what is in work when its place is lost', async () => {
    const { append, clock, group, until, work } = running();
    append(0, 'a');
    await until(1);
    group.heartbeat = UNKNOWN_MEMBER_ID;
    const { signal } = work.get('a')!.context;
    await clock.until(() => signal.aborted);
  });

  it('ends with its signal when what is in work is done, and leaves the rest', async () => {
    const { append, begun, clock, committed, consumer, ended, stop, turns, until, work } =
      running();
    append(0, 'a', 'b');
    await until(1);
    stop.abort();
    await turns();
    work.get('a')!.done();
    await clock.settle(ended);
    await clock.settle(consumer.close());
    expect([begun, committed.get(0)]).toEqual([['a'], 1]);
  });

  it('ends when it is closed, and commits what is done', async () => {
    const { append, clock, committed, consumer, ended, turns, until, work } = running();
    append(0, 'a', 'b');
    await until(1);
    const closed = consumer.close();
    await turns();
    work.get('a')!.done();
    await clock.settle(closed);
    await ended;
    expect(committed.get(0)).toBe(1);
  });

  it('stops at what fails, and does not count it as done', async () => {
    const { append, begun, clock, committed, consumer, ended, until, work } = running();
    append(0, 'a', 'b', 'c');
    await until(1);
    work.get('a')!.done();
    await until(2);
    work.get('b')!.fail();
    await expect(clock.settle(ended)).rejects.toThrow('no b');
    await clock.settle(consumer.close());
    expect([begun, committed.get(0)]).toEqual([['a', 'b'], 1]);
  });

  it('tries again, or skips, what fails, as it is told', async () => {
    const failures: WorkFailure[] = [];
    const { append, begun, clock, committed, until, work } = running({
      onError: async (failure) => {
        failures.push(failure);
        return failure.attempt === 1 ? 'retry' : 'skip';
      },
    });
    append(0, 'a', 'b');
    await until(1);
    work.get('a')!.fail();
    await until(2);
    work.get('a')!.fail();
    await until(3);
    expect(begun).toEqual(['a', 'a', 'b']);
    expect(failures.map(({ attempt, offset }) => [attempt, offset])).toEqual([
      [1, 0],
      [2, 0],
    ]);
    work.get('b')!.done();
    await clock.until(() => committed.get(0) === 2);
  });

  it('hands on batches', async () => {
    const sizes: number[] = [];
    const { append, clock, committed } = running({
      onBatch: ({ messages }) => void sizes.push(messages.length),
    });
    append(0, 'a', 'b', 'c');
    await clock.until(() => committed.get(0) === 3);
    expect(sizes).toEqual([3]);
  });

  it('skips records that cannot be read where it is told to', async () => {
    const failures: WorkFailure[] = [];
    const { append, broker, clock, committed, damaged } = running({
      onMessage: () => {},
      onError: (failure) => {
        failures.push(failure);
        return 'skip';
      },
    });
    damaged.add('bad');
    append(0, 'a', 'bad', 'c');
    await clock.until(() => committed.get(0) === 3);
    expect(failures).toEqual([
      expect.objectContaining({ topic: 't', partition: 0, offset: 1, messages: [] }),
    ]);
    expect(broker.of('Fetch').length).toBeGreaterThan(0);
  });

  it('runs once at a time, and refuses what makes no sense', async () => {
    const { consumer } = running();
    await expect(consumer.run({ onMessage: () => {} })).rejects.toThrow('runs already');
    const other = setUp().consumer;
    await expect(other.run({})).rejects.toThrow('either `onMessage` or `onBatch`');
    const byKey = { orderBy: 'key', onBatch: () => {} } as const;
    await expect(other.run(byKey)).rejects.toThrow('a batch holds many keys');
    await expect(other.run({ concurrency: 0, onMessage: () => {} })).rejects.toThrow('whole');
  });

  it('goes on where someone seeks to, and forgets what was in work before', async () => {
    const { append, begun, clock, committed, consumer, until, work } = running({
      concurrency: 2,
      orderBy: 'key',
    });
    append(0, 'k:a', 'k:b', 'k:c');
    await until(1);
    const { signal } = work.get('k:a')!.context;
    consumer.seek({ topic: 't', partition: 0 }, 2);
    work.get('k:a')!.done();
    await clock.until(() => begun.includes('k:c'));
    expect(signal.aborted).toBe(true);
    work.get('k:c')?.done();
    await clock.until(() => committed.get(0) === 3);
  });
});

describe('whatever happens to its group', () => {
  it('commits nothing that is not done, and leaves nothing undone', async () => {
    const event = fc.oneof(
      { weight: 4, arbitrary: fc.nat(7).map((pick) => ({ finish: pick })) },
      fc.constantFrom('rebalance', 'give', 'take', 'lose', 'time').map((what) => ({ what })),
      fc.nat(1).map((partition) => ({ append: partition })),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 16 }),
        fc.constantFrom('key' as const, 'partition' as const),
        fc.constantFrom('classic' as const, 'consumer' as const),
        async (events, orderBy, groupProtocol) => {
          const options = { groupProtocol, autoCommitIntervalMs: 100 };
          const set = running({ concurrency: 3, orderBy }, options);
          const { append, clock, committed, group, logs, turns, work } = set;
          const both = group.assignment;
          const done = new Set<string>();
          const finish = (value: string): void => {
            done.add(value);
            work.get(value)!.done();
          };
          const check = (): void => {
            for (const [partition, offset] of committed) {
              for (const value of logs[partition]!.slice(0, offset)) expect(done).toContain(value);
            }
          };
          append(0, ...['k1', 'k2', 'k1', 'k3'].map((key, i) => `${key}:0-${i}`));
          append(1, ...['k1', 'k2', 'k2'].map((key, i) => `${key}:1-${i}`));
          await clock.until(() => group.generation === 1);
          for (const event of events) {
            if ('finish' in event) {
              const value = [...work.keys()][event.finish];
              if (value !== undefined) finish(value);
            } else if ('append' in event) {
              append(event.append, `k1:${event.append}-${logs[event.append]!.length}`);
            } else if (event.what === 'time') {
              clock.advance(150);
            } else {
              if (event.what === 'give') group.assignment = both.slice(0, 1);
              if (event.what === 'take') group.assignment = [...both];
              group.heartbeat = event.what === 'lose' ? UNKNOWN_MEMBER_ID : REBALANCE_IN_PROGRESS;
              clock.advance(3000);
            }
            await turns();
            check();
          }
          group.assignment = [...both];
          group.heartbeat = REBALANCE_IN_PROGRESS;
          await clock.until(() => {
            for (const value of work.keys()) finish(value);
            check();
            return logs.every((log, partition) => (committed.get(partition) ?? 0) === log.length);
          });
          await clock.settle(set.consumer.close());
        },
      ),
      { numRuns: 16 },
    );
  }, 30_000);
});

describe('messages and batches', () => {
  it('give what is good before what cannot be read', async () => {
    const set = setUp();
    set.damaged.add('bad');
    set.append(0, 'a', 'bad', 'c');
    set.consumer.assign([{ topic: 't', partition: 0 }]);
    const batches = set.consumer.batches();
    const first = await set.clock.settle(batches.next());
    expect(first.value.messages.map(({ value }: ConsumedMessage) => String(value))).toEqual(['a']);
    await expect(set.clock.settle(batches.next())).rejects.toMatchObject({ offset: 1 });
    set.consumer.seek({ topic: 't', partition: 0 }, 2);
    expect(await reader(set)(1)).toEqual(['c']);
  });
});
