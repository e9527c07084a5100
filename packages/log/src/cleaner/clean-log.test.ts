import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BatchBuilder, codecs } from '@tidelog/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Log } from '../index.ts';
import { expectAppended, kill, marker, NOW, TestDirectory } from '../log.test-support.ts';
import { clean, consume } from './cleaner.test-support.ts';

const DELETE_RETENTION_MS = 1000;

/** What a history does next. */
const action = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      producer: fc.constantFrom(null, 1, 2, 3),
      codec: fc.constantFrom(codecs.none, codecs.none, codecs.gzip),
      records: fc.array(
        fc.record({
          key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
          value: fc.option(fc.string({ maxLength: 30 }), { freq: 4 }),
        }),
        { minLength: 1, maxLength: 5 },
      ),
    }),
  },
  fc.record({
    kind: fc.constant('end' as const),
    producer: fc.constantFrom(2, 3),
    type: fc.constantFrom('commit' as const, 'abort' as const),
  }),
  fc.constant({ kind: 'roll' as const }),
  fc.record({ kind: fc.constant('clean' as const), memory: fc.constantFrom(1 << 20, 96) }),
  fc.constant({ kind: 'restart' as const }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(10, 2000) }),
);

type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

interface Written {
  readonly key: string;
  readonly value: string | null;
  readonly timestamp: number;
  readonly producer: number | null;
}

/** Plays a history on a log, and knows what a log that is never compacted would hold. */
class History {
  readonly place = new TestDirectory();
  readonly written = new Map<number, Written>();
  /** Offsets that were aborted, or are not decided. */
  readonly aborted = new Set<number>();
  readonly undecided = new Map<number, number[]>();
  directory = this.#open();
  log = this.directory.createLog('t', 0, { now: NOW });
  now = NOW;
  cleanUpTo: number | undefined;
  readonly #sequences = new Map<number, number>();

  #open() {
    const { config } = this.place;
    this.place.config = {
      ...config,
      segmentBytes: 1000,
      compact: true,
      delete: false,
      deleteRetentionMs: DELETE_RETENTION_MS,
    };
    return this.place.open();
  }

  async play(step: Action): Promise<void> {
    this.now += 1;
    if (step.kind === 'write') this.#write(step);
    else if (step.kind === 'end') this.#end(step.producer, step.type);
    else if (step.kind === 'roll') this.log.roll(this.now);
    else if (step.kind === 'wait') this.now += step.ms;
    else if (step.kind === 'restart') await this.restart();
    else await this.clean(step.memory);
  }

  async clean(dedupeBufferBytes: number): Promise<void> {
    const { now, cleanUpTo: checkpoint } = this;
    this.cleanUpTo = await clean(this.log, { now, checkpoint, dedupeBufferBytes });
  }

  /** Without what would spare reading the batches again. */
  async restart(): Promise<void> {
    await this.log.flushed(this.log.logEndOffset);
    await kill(this.directory);
    const partition = join(this.place.path, 't-0');
    for (const name of readdirSync(partition)) {
      if (/\.(snapshot|index|timeindex|txnindex)$/.test(name)) rmSync(join(partition, name));
    }
    this.directory = this.place.open();
    expect([...this.directory.offline]).toEqual([]);
    this.log = this.directory.log('t', 0)!;
    this.log.updateHighWatermark(this.log.logEndOffset);
  }

  #write({ producer, codec, records }: Extract<Action, { kind: 'write' }>): void {
    const builder = new BatchBuilder();
    for (const { key, value } of records) builder.append(this.now, key, value);
    const baseSequence = this.#sequences.get(producer ?? -1) ?? 0;
    const transactional = producer !== null && producer > 1;
    const identity =
      producer === null ? {} : { producerId: producer, producerEpoch: 0, baseSequence };
    const bytes = Buffer.from(builder.finish({ codec, transactional, ...identity }));
    const { baseOffset } = expectAppended(
      this.log.appendAsLeader(bytes, { leaderEpoch: 1, now: this.now, verified: 'waived' }),
    );
    if (producer !== null) this.#sequences.set(producer, baseSequence + records.length);
    records.forEach((record, i) => {
      this.written.set(baseOffset + i, { ...record, timestamp: this.now, producer });
    });
    if (!transactional) return;
    const offsets = records.map((_, i) => baseOffset + i);
    this.undecided.set(producer, [...(this.undecided.get(producer) ?? []), ...offsets]);
  }

  #end(producer: number, type: 'abort' | 'commit'): void {
    if (!this.undecided.has(producer)) return;
    const options = { leaderEpoch: 1, now: this.now, origin: 'coordinator' as const };
    expectAppended(this.log.appendAsLeader(marker(type, producer, 0), options));
    if (type === 'abort')
      for (const offset of this.undecided.get(producer)!) this.aborted.add(offset);
    this.undecided.delete(producer);
  }

  /** All transactions come to an end, so that everything may be compacted. */
  async finish(): Promise<void> {
    for (const producer of this.undecided.keys()) this.#end(producer, 'commit');
    this.log.roll(this.now);
    await this.clean(1 << 20);
  }

  check(): void {
    for (const { offset, ...record } of consume(this.log, { committed: false })) {
      expect({ ...this.written.get(offset), producer: 0 }).toEqual({ ...record, producer: 0 });
    }
    const seen = consume(this.log, { committed: true });
    for (const { offset } of seen) expect(this.aborted).not.toContain(offset);
    const expected = lastOf([...this.written].filter(([offset]) => !this.aborted.has(offset)));
    const found = lastOf(seen.map(({ offset, ...record }) => [offset, record]));
    for (const [key, [offset, { value }]] of expected) {
      // A tombstone may be gone, but then with all that it buried.
      if (value === null && !found.has(key)) continue;
      expect(found.get(key), key).toMatchObject([offset, { value }]);
    }
    expect([...found.keys()].filter((key) => !expected.has(key))).toEqual([]);
  }

  /** Everything up to the last roll has been cleaned: no key is there twice. */
  checkClean(): void {
    const offsets = new Map<string, number>();
    for (const { key, offset } of consume(this.log, { committed: true })) {
      if (offset >= this.cleanUpTo!) continue;
      expect(offsets.get(key), key).toBeUndefined();
      offsets.set(key, offset);
    }
  }
}

function lastOf(records: [number, { key: string; value: string | null }][]) {
  return new Map(records.map((record) => [record[1].key, record]));
}

const producersOf = (log: Log) =>
  log
    .producers()
    .map(({ producerId, producerEpoch, lastSequence, currentTxnStartOffset }) => {
      return { producerId, producerEpoch, lastSequence, currentTxnStartOffset };
    })
    .toSorted((a, b) => a.producerId - b.producerId);

describe('a log that is compacted', () => {
  it('keeps the last of each key, offsets, order, transactions and producers', async () => {
    const histories = fc.array(action, { minLength: 5, maxLength: 60, size: 'max' });
    await fc.assert(
      fc.asyncProperty(histories, async (actions) => {
        const history = new History();
        try {
          for (const step of actions) {
            await history.play(step);
            if (step.kind === 'clean') history.check();
          }
          await history.finish();
          history.check();
          history.checkClean();
          const before = producersOf(history.log);
          const end = history.log.logEndOffset;
          await history.restart();
          history.check();
          expect(history.log.logEndOffset).toBe(end);
          expect(producersOf(history.log)).toEqual(before);
        } finally {
          await history.place.remove();
        }
      }),
      { numRuns: 15 },
    );
  }, 60_000);
});
