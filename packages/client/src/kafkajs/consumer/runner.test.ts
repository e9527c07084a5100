import { describe, expect, it } from 'vitest';
import type { MessageBatch } from '../../index.ts';
import { keyOf, type TopicPartition } from '../../topic-partition.ts';
import { createLogger, logLevel } from '../logging.ts';
import type { RetryOptions } from '../types.ts';
import type { Handlers } from './batch-handler.ts';
import { Placed } from './placed.ts';
import { type CoreConsumer, Runner, type RunnerOptions } from './runner.ts';

/** A consumer of ours with a log of so many messages in each partition, two in each batch. */
class FakeCore {
  readonly commits: string[] = [];
  readonly seeks: string[] = [];
  readonly paused = new Set<string>();
  readonly #ends: readonly number[];
  readonly #next: number[];
  #wake: () => void = () => {};

  constructor(ends: readonly number[]) {
    this.#ends = ends;
    this.#next = ends.map(() => 0);
  }

  assignment(): TopicPartition[] {
    return this.#ends.map((_, partition) => ({ topic: 't', partition }));
  }

  pause(places: readonly TopicPartition[]): void {
    for (const place of places) this.paused.add(keyOf(place));
  }

  resume(places: readonly TopicPartition[]): void {
    for (const place of places) this.paused.delete(keyOf(place));
    this.#wake();
  }

  seek(place: TopicPartition, offset: number): void {
    this.seeks.push(`${place.partition}@${offset}`);
    this.#next[place.partition] = offset;
    this.#wake();
  }

  commit(offsets: readonly (TopicPartition & { offset: number })[]): Promise<void> {
    this.commits.push(offsets.map(({ partition, offset }) => `${partition}:${offset}`).join(' '));
    return Promise.resolve();
  }

  /** Ends when all was given out and nothing is in hand any more, or by the signal. */
  async *batches({ signal }: { signal: AbortSignal }): AsyncGenerator<MessageBatch> {
    signal.addEventListener('abort', () => this.#wake());
    while (!signal.aborted) {
      const partition = this.#ends.findIndex(
        (end, i) => this.#next[i]! < end && !this.paused.has(keyOf({ topic: 't', partition: i })),
      );
      if (partition >= 0) yield this.#batch(partition);
      else if (this.paused.size === 0) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #batch(partition: number): MessageBatch {
    const first = this.#next[partition]!;
    const end = Math.min(first + 2, this.#ends[partition]!);
    this.#next[partition] = end;
    const messages = Array.from({ length: end - first }, (_, i) => ({
      offset: first + i,
      key: null,
      value: Buffer.from(String(first + i)),
      timestamp: 0,
      headers: [],
    }));
    const batch = { topic: 't', partition, highWatermark: this.#ends[partition]!, messages };
    return batch as unknown as MessageBatch;
  }
}

function runnerOf(core: FakeCore, handlers: Partial<Handlers>, extra: Partial<RunnerOptions> = {}) {
  const placed = new Placed();
  const runner = new Runner({
    core: core as unknown as CoreConsumer,
    placed,
    handlers: { eachBatchAutoResolve: true, ...handlers },
    autoCommit: { enabled: true, intervalMs: null, threshold: null },
    concurrency: 1,
    retry: { initialRetryTime: 1, retries: 2 } satisfies RetryOptions,
    logger: createLogger(logLevel.NOTHING),
    onBatch: () => {},
    onCommit: () => {},
    ...extra,
  });
  return { runner, placed };
}

describe('a run of a kafkajs consumer', () => {
  it('hands out all messages in order, and commits after each batch', async () => {
    const core = new FakeCore([3]);
    const seen: string[] = [];
    const eachMessage: Handlers['eachMessage'] = ({ message }) => {
      seen.push(`${message.offset}=${String(message.value)}`);
      return Promise.resolve();
    };
    await runnerOf(core, { eachMessage }).runner.run();
    expect(seen).toEqual(['0=0', '1=1', '2=2']);
    expect(core.commits).toEqual(['0:2', '0:3']);
    expect(core.seeks).toEqual([]);
  });

  it('hands the failed message out again, not those that are done', async () => {
    const core = new FakeCore([2]);
    const seen: string[] = [];
    let failures = 1;
    const eachMessage: Handlers['eachMessage'] = ({ message }) => {
      seen.push(message.offset);
      if (message.offset === '1' && failures-- > 0) return Promise.reject(new Error('not now'));
      return Promise.resolve();
    };
    await runnerOf(core, { eachMessage }).runner.run();
    expect(seen).toEqual(['0', '1', '1']);
    expect(core.commits).toEqual(['0:1', '0:2']);
  });

  it('gives up after its retries, and has committed what was done', async () => {
    const core = new FakeCore([2]);
    let calls = 0;
    const eachMessage: Handlers['eachMessage'] = ({ message }) => {
      if (message.offset === '0') return Promise.resolve();
      calls++;
      return Promise.reject(new Error('never'));
    };
    const { runner } = runnerOf(core, { eachMessage });
    const name = 'KafkaJSNumberOfRetriesExceeded';
    await expect(runner.run()).rejects.toMatchObject({ name, retryCount: 2, message: 'never' });
    expect(calls).toBe(3);
    expect(core.commits).toEqual(['0:1']);
  });

  it('goes where the program seeks to, and resolves nothing of the batch any more', async () => {
    const core = new FakeCore([4]);
    const seen: string[] = [];
    const { runner, placed } = runnerOf(core, {
      eachMessage: ({ message }) => {
        seen.push(message.offset);
        if (seen.length === 1) placed.seek({ topic: 't', partition: 0 }, 3);
        return Promise.resolve();
      },
    });
    await runner.run();
    expect(seen).toEqual(['0', '3']);
    expect(core.commits).toEqual(['0:4']);
  });

  it('reads a batch again from what a handler has left unresolved', async () => {
    const core = new FakeCore([2]);
    const batches: string[] = [];
    const eachBatch: Handlers['eachBatch'] = (payload) => {
      const { batch } = payload;
      batches.push(batch.messages.map(({ offset }) => offset).join());
      payload.resolveOffset(batch.firstOffset()!);
      return Promise.resolve();
    };
    await runnerOf(core, { eachBatch, eachBatchAutoResolve: false }).runner.run();
    expect(batches).toEqual(['0,1', '1']);
    expect(core.commits).toEqual(['0:1', '0:2']);
  });

  it('works on as many partitions at once as it is told, each in its order', async () => {
    const core = new FakeCore([4, 4, 4]);
    let busy = 0;
    let most = 0;
    const seen: string[][] = [[], [], []];
    const eachMessage: Handlers['eachMessage'] = async ({ partition, message }) => {
      most = Math.max(most, ++busy);
      await new Promise((resolve) => setImmediate(resolve));
      seen[partition]!.push(message.offset);
      busy--;
    };
    await runnerOf(core, { eachMessage }, { concurrency: 2 }).runner.run();
    expect(most).toBe(2);
    expect(seen).toEqual(Array.from({ length: 3 }, () => ['0', '1', '2', '3']));
  });

  it('lets handlers end, and commits, before partitions go to others', async () => {
    const core = new FakeCore([2]);
    let finish = (): void => {};
    const { runner } = runnerOf(core, {
      eachMessage: ({ message }) =>
        message.offset === '0'
          ? new Promise<void>((resolve) => (finish = resolve))
          : Promise.reject(new Error('is not ours any more')),
    });
    const running = runner.run();
    await new Promise((resolve) => setImmediate(resolve));
    const revoked = runner.revoke([{ topic: 't', partition: 0 }]);
    expect(core.commits).toEqual([]);
    finish();
    await revoked;
    expect(core.commits).toEqual(['0:1']);
    await runner.stop();
    await running;
  });

  it('commits nothing for partitions that others have already', async () => {
    const core = new FakeCore([1]);
    const { runner } = runnerOf(core, {
      eachMessage: () => {
        runner.lose([{ topic: 't', partition: 0 }]);
        void runner.stop();
        return Promise.resolve();
      },
    });
    await runner.run();
    expect(core.commits).toEqual([]);
  });

  it('stops in the midst of a batch, with what is done committed', async () => {
    const core = new FakeCore([2]);
    const seen: string[] = [];
    const { runner } = runnerOf(core, {
      eachMessage: ({ message }) => {
        seen.push(message.offset);
        void runner.stop();
        return Promise.resolve();
      },
    });
    await runner.run();
    expect(seen).toEqual(['0']);
    expect(core.commits).toEqual(['0:1']);
  });
});
