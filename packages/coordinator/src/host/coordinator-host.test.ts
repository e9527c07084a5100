import { BatchBuilder, batchProducerId, errors } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { CoordinatorHost } from './coordinator-host.ts';
import { CoordinatorFailure } from './failure.ts';
import type { Decision, EventCodec, EventPosition, Machine, Moment } from './machine.ts';
import { ManualClock, settle } from './manual.test-clock.ts';
import { MemoryLog } from './memory.test-log.ts';

type Command =
  | { add: number }
  | { read: true }
  | { peek: true }
  | { fault: true }
  | { alarmMs: number };

/** A sum: adding is an event, reading waits for replication, peeking does not. */
class Sum implements Machine<Command, number, number> {
  sum = 0;
  readonly pending = new Map<number, number>();
  #alarmMs = Infinity;

  decide(to: number, command: Command, now: Moment): Decision<number, number> {
    const plain = { events: [], settled: false, divisible: false };
    if ('add' in command) {
      this.apply(command.add, { offset: now.nextOffset, producerId: now.producerId ?? -1 });
      return { ...plain, events: [command.add], replies: [{ to, reply: this.sum }] };
    }
    if ('fault' in command) throw new Error('broken');
    if ('alarmMs' in command) {
      this.#alarmMs = now.monotonicMs + command.alarmMs;
      return { ...plain, replies: [{ to, reply: 0 }] };
    }
    return { ...plain, settled: 'read' in command, replies: [{ to, reply: this.sum }] };
  }

  apply(event: number, { producerId }: EventPosition = { offset: 0, producerId: -1 }): void {
    if (producerId === -1) this.sum += event;
    else this.pending.set(producerId, (this.pending.get(producerId) ?? 0) + event);
  }

  endTransaction(producerId: number, committed: boolean): void {
    if (committed) this.sum += this.pending.get(producerId) ?? 0;
    this.pending.delete(producerId);
  }

  loaded(): Decision<number, number> {
    return { events: [], replies: [], settled: false, divisible: false };
  }

  wake(now: Moment): Decision<number, number> {
    if (now.monotonicMs < this.#alarmMs) return this.loaded();
    this.#alarmMs = Infinity;
    this.apply(1_000);
    return { events: [1_000], replies: [], settled: false, divisible: false };
  }

  nextDeadline(): number {
    return this.#alarmMs;
  }
}

const codec: EventCodec<number> = {
  encode: (event) => ({ key: Buffer.from('k'), value: Buffer.from(String(event)) }),
  decode: (_key, value) => Number(String(value)),
};

async function start(appendLingerMs = -1, log = new MemoryLog()) {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const host = new CoordinatorHost<Command, number, number>({
    log,
    clock,
    codec,
    create: () => new Sum(),
    commitTimeoutMs: 5_000,
    appendLingerMs,
    warn: (message) => warnings.push(message),
  });
  await settle();
  return { host, log, clock, warnings };
}

const failed = (result: unknown) =>
  result instanceof CoordinatorFailure ? result.error.name : result;

describe('a coordinator host', () => {
  it('appends the commands of one turn as one batch', async () => {
    const { host, log } = await start();
    const results = await Promise.all([1, 2, 3].map((add) => host.submit({ add })));
    expect(results).toEqual([1, 3, 6]);
    expect(log.batches).toHaveLength(1);
    await host.submit({ add: 4 });
    expect(log.batches).toHaveLength(2);
  });

  it('collects appends as long as it is told to linger, and not at all when told so', async () => {
    const lingering = await start(10);
    const first = lingering.host.submit({ add: 1 });
    await lingering.clock.pass(9);
    const second = lingering.host.submit({ add: 2 });
    expect(lingering.log.batches).toHaveLength(0);
    await lingering.clock.pass(1);
    expect(await Promise.all([first, second])).toEqual([1, 3]);
    expect(lingering.log.batches).toHaveLength(1);

    const immediate = await start(0);
    void immediate.host.submit({ add: 1 });
    expect(immediate.log.batches).toHaveLength(1);
  });

  it('begins another batch when one is full', async () => {
    const { host, log } = await start();
    log.maxBatchSizeBytes = 100;
    const small = new CoordinatorHost<Command, number, number>({
      log,
      clock: new ManualClock(),
      codec,
      create: () => new Sum(),
      commitTimeoutMs: 5_000,
      appendLingerMs: -1,
      warn: () => {},
    });
    await settle();
    host.close();
    await Promise.all(Array.from({ length: 10 }, () => small.submit({ add: 1 })));
    expect(log.batches.length).toBeGreaterThan(1);
    expect(log.batches.every(({ length }) => length <= 100)).toBe(true);
    expect(log.records()).toHaveLength(10);
  });

  it('holds replies until the high watermark has passed, and reads with them', async () => {
    const { host, log, clock } = await start();
    log.replicates = false;
    const seen: unknown[] = [];
    const note = (what: string) => (result: unknown) => seen.push(`${what} ${String(result)}`);
    void host.submit({ add: 1 }).then(note('add'));
    void host.submit({ read: true }).then(note('read'));
    void host.submit({ peek: true }).then(note('peek'));
    await clock.pass(1);
    void host.submit({ read: true }).then(note('read'));
    await clock.pass(1);
    expect(seen).toEqual(['peek 1']);
    log.replicate();
    await settle();
    expect(seen).toEqual(['peek 1', 'add 1', 'read 1', 'read 1']);
    expect(await host.submit({ read: true })).toBe(1);
  });

  it('does not let a reply wait longer than the commit timeout', async () => {
    const { host, log, clock } = await start();
    log.replicates = false;
    const add = host.submit({ add: 1 });
    await clock.pass(3_000);
    const read = host.submit({ read: true });
    await clock.pass(2_000);
    expect(failed(await add)).toBe('COORDINATOR_NOT_AVAILABLE');
    const late = host.submit({ read: true });
    await clock.pass(3_000);
    expect(failed(await read)).toBe('COORDINATOR_NOT_AVAILABLE');
    log.replicate();
    expect(await late).toBe(1);
  });

  it('goes on when the log itself gives up waiting', async () => {
    const { host, log, clock } = await start();
    log.replicates = false;
    const add = host.submit({ add: 1 });
    await clock.pass(4_000);
    log.lose(errors.REQUEST_TIMED_OUT);
    await clock.pass(1_000);
    expect(failed(await add)).toBe('COORDINATOR_NOT_AVAILABLE');
    log.replicate();
    expect(await host.submit({ read: true })).toBe(1);
  });

  it('loads what the log holds before it answers', async () => {
    const { host, log, clock } = await start();
    await host.submit({ add: 5 });
    host.close();
    expect(failed(await host.submit({ peek: true }))).toBe('NOT_COORDINATOR');
    const next = new CoordinatorHost<Command, number, number>({
      log,
      clock,
      codec,
      create: () => new Sum(),
      commitTimeoutMs: 5_000,
      appendLingerMs: -1,
      warn: () => {},
    });
    expect(failed(await next.submit({ peek: true }))).toBe('COORDINATOR_LOAD_IN_PROGRESS');
    await settle();
    expect(await next.submit({ read: true })).toBe(5);
  });

  it('forgets what could not be appended, and loads again', async () => {
    const { host, log, clock, warnings } = await start();
    await host.submit({ add: 1 });
    log.refusal = errors.NOT_ENOUGH_REPLICAS;
    expect(failed(await host.submit({ add: 2 }))).toBe('COORDINATOR_NOT_AVAILABLE');
    expect(failed(await host.submit({ peek: true }))).toBe('COORDINATOR_LOAD_IN_PROGRESS');
    expect(warnings).toHaveLength(1);
    log.refusal = null;
    await clock.pass(1_000);
    expect(await host.submit({ read: true })).toBe(1);
  });

  it('sends everyone away when an append is lost', async () => {
    const { host, log, clock } = await start();
    log.replicates = false;
    const add = host.submit({ add: 1 });
    await clock.pass(1);
    log.lose(errors.NOT_LEADER_OR_FOLLOWER);
    expect(failed(await add)).toBe('NOT_COORDINATOR');
    expect(host.isLoaded).toBe(false);
  });

  it('survives a machine that throws by loading another', async () => {
    const { host, clock, warnings } = await start();
    await host.submit({ add: 1 });
    expect(failed(await host.submit({ fault: true }))).toBe('UNKNOWN_SERVER_ERROR');
    expect(warnings[0]).toContain('broken');
    await clock.pass(1_000);
    expect(await host.submit({ read: true })).toBe(1);
  });

  it('tries again to load a log that it could not read', async () => {
    const { host, log, clock, warnings } = await start();
    host.close();
    const builder = new BatchBuilder();
    builder.append(0, 'k', '7');
    const good = builder.finish();
    const bad = Buffer.from(good);
    bad[bad.length - 5] = 0x7f;
    log.put(bad);
    const next = new CoordinatorHost<Command, number, number>({
      log,
      clock,
      codec,
      create: () => new Sum(),
      commitTimeoutMs: 5_000,
      appendLingerMs: -1,
      warn: (message) => warnings.push(message),
    });
    await settle();
    expect(next.isLoaded).toBe(false);
    expect(warnings[0]).toContain('could not be loaded');
    log.batches = [good];
    await clock.pass(1_000);
    expect(await next.submit({ peek: true })).toBe(7);
  });

  it('wakes its machine when a deadline has come, even one beyond what timers count', async () => {
    const { host, clock, log } = await start();
    await host.submit({ alarmMs: 3_000_000_000 });
    await clock.pass(2_999_999_999);
    expect(log.records()).toHaveLength(0);
    await clock.pass(1);
    expect(await host.submit({ read: true })).toBe(1_000);
  });
});

describe('transactions', () => {
  const transaction = { producerId: 7, producerEpoch: 3, verified: undefined };
  const end = (committed: boolean) => ({
    producerId: 7,
    producerEpoch: 4,
    coordinatorEpoch: 0,
    committed,
    transactionVersion: 2,
  });

  it.each([
    [true, 111],
    [false, 101],
  ])('count from their marker on, if ever (committed: %s), after a load too', async (yes, sum) => {
    const { host, log } = await start();
    const before = host.submit({ add: 1 });
    const within = host.submit({ add: 10 }, transaction);
    expect(await host.submit({ read: true })).toBe(1);
    await Promise.all([before, within]);
    const after = host.submit({ add: 100 });
    expect(await host.endTransaction(end(yes))).toBeNull();
    await after;
    expect(await host.submit({ read: true })).toBe(sum);
    expect(log.batches.map((batch) => batchProducerId(batch, 0))).toEqual([-1, 7, -1, 7]);
    const again = await start(-1, log);
    expect(await again.host.submit({ read: true })).toBe(sum);
  });

  it('that the log would refuse change nothing, and nobody has to wait for a new machine', async () => {
    const { host, log, warnings } = await start();
    log.transactionRefusal = errors.INVALID_PRODUCER_EPOCH;
    expect(failed(await host.submit({ add: 10 }, transaction))).toBe('INVALID_PRODUCER_EPOCH');
    log.refusal = errors.TRANSACTION_COORDINATOR_FENCED;
    expect(await host.endTransaction(end(true))).toBe(errors.TRANSACTION_COORDINATOR_FENCED);
    log.refusal = null;
    expect(await host.submit({ add: 5 })).toBe(5);
    expect(log.batches.length).toBe(1);
    expect(warnings).toEqual([]);
  });

  it('end when the marker is replicated', async () => {
    const { host, log } = await start();
    log.replicates = false;
    let ended = false;
    const ending = host.endTransaction(end(true)).then(() => (ended = true));
    await settle();
    expect(ended).toBe(false);
    log.replicate();
    await ending;
  });

  it('cannot be entered or ended while the log is loaded, or after it has moved away', async () => {
    const { host } = await start();
    host.close();
    expect(failed(await host.submit({ add: 1 }, transaction))).toBe('NOT_COORDINATOR');
    expect(await host.endTransaction(end(true))).toBe(errors.NOT_COORDINATOR);
  });
});
