import { describe, expect, it } from 'vitest';
import { batch, fetchAnswer, reader, setUp } from '../testing/consumed-broker.ts';

describe('a consumer without a group', () => {
  it('reads from where it is told, in order, and knows its lag', async () => {
    const set = setUp();
    set.append(0, 'a', 'b', 'c', 'd');
    set.consumer.assign([{ topic: 't', partition: 0, offset: 1 }]);
    const read = reader(set);
    expect(await read(2)).toEqual(['b', 'c']);
    expect(set.consumer.position({ topic: 't', partition: 0 })).toBe(3);
    expect(set.consumer.lag()).toEqual([{ topic: 't', partition: 0, lag: 1 }]);
    set.append(0, 'e');
    expect(await read(2)).toEqual(['d', 'e']);
  });

  it('goes on where it is sent to, and forgets what was fetched', async () => {
    const set = setUp();
    set.append(0, 'a', 'b', 'c');
    set.consumer.assign([{ topic: 't', partition: 0 }]);
    const read = reader(set);
    expect(await read(1)).toEqual(['a']);
    set.consumer.seek({ topic: 't', partition: 0 }, 2);
    expect(await read(1)).toEqual(['c']);
    set.consumer.seek({ topic: 't', partition: 0 }, 'earliest');
    expect(await read(1)).toEqual(['a']);
  });

  it('gives nothing of paused partitions', async () => {
    const set = setUp();
    set.append(0, 'a0', 'b0');
    set.append(1, 'a1', 'b1');
    const [zero, one] = [0, 1].map((partition) => ({ topic: 't', partition }));
    set.consumer.assign([zero!, one!]);
    const read = reader(set);
    set.consumer.pause([zero!]);
    expect(await read(2)).toEqual(['a1', 'b1']);
    set.consumer.resume([zero!]);
    expect(await read(2)).toEqual(['a0', 'b0']);
  });

  it('starts over where the log no longer holds the offset, or says so', async () => {
    const set = setUp();
    set.append(0, 'a');
    set.consumer.assign([{ topic: 't', partition: 0, offset: 50 }]);
    expect(await reader(set)(1)).toEqual(['a']);
    const strict = setUp({ autoOffsetReset: 'none' });
    strict.append(0, 'a');
    strict.consumer.assign([{ topic: 't', partition: 0, offset: 50 }]);
    const read = reader(strict);
    for (let i = 0; i < 2; i++) {
      await expect(read(1)).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
    }
    strict.consumer.seek({ topic: 't', partition: 0 }, 'earliest');
    expect(await read(1)).toEqual(['a']);
  });

  it('starts at a time before now, or at a time', async () => {
    const set = setUp({ autoOffsetReset: 'by_duration:PT1M' });
    set.append(0, 'a', 'b');
    const asked: number[] = [];
    set.broker.on('ListOffsets', ({ topics }) => ({
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, timestamp }) => {
          asked.push(timestamp);
          return { partitionIndex, errorCode: 0, offset: timestamp === 5 ? -1 : 1 };
        }),
      })),
    }));
    set.consumer.assign([{ topic: 't', partition: 0 }]);
    const read = reader(set);
    const before = set.clock.now();
    expect(await read(1)).toEqual(['b']);
    expect(asked).toEqual([before - 60_000]);
    set.consumer.seek({ topic: 't', partition: 0 }, { timestamp: 5 });
    expect(await read(1)).toEqual(['b']);
    expect(asked.slice(1)).toEqual([5, -1]); // nothing is that late: the end
    const place = { topic: 't', partition: 0 };
    expect(
      await set.clock.settle(set.consumer.offsetsForTimes([{ ...place, timestamp: 5 }])),
    ).toEqual([]);
    expect(await set.clock.settle(set.consumer.endOffsets([place]))).toMatchObject([
      { ...place, offset: 1 },
    ]);
  });

  it('says where it has nowhere to start, until someone seeks', async () => {
    const set = setUp({ autoOffsetReset: 'none' });
    set.append(0, 'a');
    set.consumer.assign([{ topic: 't', partition: 0 }]);
    const read = reader(set);
    for (let i = 0; i < 2; i++) {
      await expect(read(1)).rejects.toMatchObject({
        code: 'NO_OFFSET',
        message: expect.stringContaining('t-0'),
      });
    }
    set.consumer.seek({ topic: 't', partition: 0 }, 0);
    expect(await read(1)).toEqual(['a']);
  });

  it('looks offsets up as its isolation level sees them, and counts its lag so', async () => {
    const set = setUp({ isolationLevel: 'read_committed' });
    set.append(0, 'a', 'b', 'c');
    set.broker.on('Fetch', (request) => {
      const answer = fetchAnswer(request, set.logs);
      const [topic] = answer.responses;
      const [partition] = topic!.partitions;
      return { responses: [{ ...topic!, partitions: [{ ...partition!, lastStableOffset: 2 }] }] };
    });
    set.consumer.assign([{ topic: 't', partition: 0 }]);
    await reader(set)(1);
    expect(set.consumer.lag()[0]!.lag).toBe(1);
    expect(set.broker.of('Fetch')[0]!.isolationLevel).toBe(1);
    expect(set.broker.of('ListOffsets')[0]!.isolationLevel).toBe(1);
  });

  it('names the place of a batch that is damaged, and can be sent past it', async () => {
    const set = setUp();
    set.append(0, 'good', 'bad', 'after');
    set.broker.on('Fetch', (request) => {
      const { fetchOffset } = request.topics[0]!.partitions[0]!;
      if (fetchOffset >= 3) return 'hang';
      const answer = fetchAnswer(request, set.logs);
      const value = set.logs[0]![fetchOffset]!;
      const bytes = batch(fetchOffset, [value]);
      if (value === 'bad') bytes[bytes.length - 2]! ^= 1;
      const [topic] = answer.responses;
      const partitions = [{ ...topic!.partitions[0]!, records: bytes }];
      return { ...answer, responses: [{ ...topic!, partitions }] };
    });
    set.consumer.assign([{ topic: 't', partition: 0 }]);
    const read = reader(set);
    expect(await read(1)).toEqual(['good']);
    await expect(read(1)).rejects.toMatchObject({
      code: 'CORRUPT_MESSAGE',
      message: expect.stringContaining('t-0: the batch at offset 1'),
    });
    set.consumer.seek({ topic: 't', partition: 0 }, 2);
    expect(await read(1)).toEqual(['after']);
  });

  it('ends with its signal, and when it is closed', async () => {
    const set = setUp();
    set.consumer.assign([{ topic: 't', partition: 0 }]);
    const stop = new AbortController();
    const next = set.consumer.messages({ signal: stop.signal }).next();
    await set.clock.until(() => set.broker.of('Fetch').length > 0);
    stop.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    const other = set.consumer.messages().next();
    await set.clock.settle(set.consumer.close());
    expect(await other).toEqual({ done: true, value: undefined });
  });

  it('does not fetch further ahead than it may', async () => {
    const set = setUp({ maxPartitionFetchBytes: 10_000, prefetchBytes: 1000 });
    set.append(0, 'x'.repeat(2000));
    set.append(1, 'y'.repeat(2000));
    set.consumer.assign([0, 1].map((partition) => ({ topic: 't', partition })));
    const read = reader(set);
    await read(1);
    set.append(0, 'more');
    const before = set.broker.of('Fetch').length;
    await new Promise((resolve) => setImmediate(resolve));
    expect(set.broker.of('Fetch').length).toBe(before);
    expect((await read(2)).map((value) => value.length)).toEqual([2000, 4]);
  });
});
