import { batchCodec, batchRecordCount, readRecords } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { answer, arrivals, setUp } from './producer.test-setup.ts';

const NOT_LEADER = 6;
const MESSAGE_TOO_LARGE = 10;
const OUT_OF_ORDER = 45;
const DUPLICATE_SEQUENCE = 46;
const UNKNOWN_PRODUCER_ID = 59;
const INVALID_RECORD = 87;

describe('Producer', () => {
  it('waits for company as long as it may linger, and gives each record its offset', async () => {
    const { broker, clock, send, seen } = setUp({ lingerMs: 20 });
    broker.on('Produce', (request) => answer(request, { baseOffset: 40 }));
    const sent = [send('a'), send('b'), send('c')];
    await clock.until(() => broker.of('InitProducerId').length === 1);
    expect(seen()).toEqual([]);
    const records = await clock.settle(Promise.all(sent));
    expect(records.map(({ offset }) => offset)).toEqual([40, 41, 42]);
    expect(seen()).toEqual([{ partition: 0, sequence: 0, epoch: 0, values: ['a', 'b', 'c'] }]);
    expect(clock.monotonic()).toBe(20);
  });

  it('sends a full batch at once', async () => {
    const { clock, seen, send } = setUp({ lingerMs: 1_000_000, batchSizeBytes: 200 });
    const sent = send('x'.repeat(150));
    void send('y'.repeat(50)).catch(() => {});
    await clock.settle(sent);
    expect(seen().map(({ values }) => values[0]![0])).toEqual(['x']);
    expect(clock.monotonic()).toBeLessThan(1000);
  });

  it('puts keys where Java puts them, and keeps to one partition without', async () => {
    const { clock, producer } = setUp();
    const keyed = await clock.settle(producer.send({ topic: 't', key: 'abc', value: null }));
    expect(keyed.partition).toBe(479470107 % 2);
    const messages = Array.from({ length: 20 }, () => ({ topic: 't', value: 'v' }));
    const sent = await clock.settle(producer.sendAll(messages));
    expect(new Set(sent.map(({ partition }) => partition)).size).toBe(1);
  });

  it('keeps the order of calls that wait for the topic to be known', async () => {
    const { clock, producer, seen } = setUp({ lingerMs: 0 });
    const values = (first: number) => [0, 1, 2].map((i) => String(first + i));
    const of = (first: number) =>
      values(first).map((value) => ({ topic: 't', partition: 1, value }));
    const sent = [producer.sendAll(of(0)), producer.send(of(3)[0]!), producer.sendAll(of(4))];
    await clock.settle(Promise.all(sent));
    expect(seen().flatMap((batch) => batch.values)).toEqual(['0', '1', '2', '3', '4', '5', '6']);
  });

  it('tells of a message of many that cannot be sent when the others are', async () => {
    const { clock, producer, seen } = setUp({ maxRequestSizeBytes: 1000 });
    const messages = ['a', 'x'.repeat(2000), 'b'].map((value) => ({
      topic: 't',
      partition: 0,
      value,
    }));
    for (let round = 0; round < 2; round++) {
      await expect(clock.settle(producer.sendAll(messages))).rejects.toMatchObject({
        code: 'MESSAGE_TOO_LARGE',
      });
    }
    const nameless = [{ topic: '', value: 'c' }, messages[0]!];
    await expect(clock.settle(producer.sendAll(nameless))).rejects.toThrow(/has a `topic`/);
    expect(seen().flatMap(({ values }) => values)).toEqual(['a', 'b', 'a', 'b', 'a']);
  });

  it('compresses as the producer says, or the call, in batches of their own', async () => {
    const { broker, clock, producer } = setUp({ compression: 'lz4', lingerMs: 50 });
    const message = (value: string) => ({ topic: 't', partition: 0, value });
    const sent = Promise.all([
      producer.sendAll([message('a')], { compression: 'gzip' }),
      producer.sendAll([message('b')], { compression: 'gzip' }),
      producer.send(message('c')),
      producer.sendAll([message('d')], { compression: 'none' }),
    ]);
    await clock.settle(sent);
    const batches = broker
      .of('Produce')
      .flatMap(({ topicData }) =>
        topicData.flatMap(({ partitionData }) => partitionData.map(({ records }) => records!)),
      );
    const names = ['none', 'gzip', 'snappy', 'lz4'];
    expect(
      batches.map((batch) => [
        names[batchCodec(batch, 0)],
        readRecords(batch)
          .map(({ value }) => String(value))
          .join(''),
      ]),
    ).toEqual([
      ['gzip', 'ab'],
      ['lz4', 'c'],
      ['none', 'd'],
    ]);
    const wrong = producer.sendAll([message('e')], { compression: 'zip' as never });
    await expect(wrong).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('ignores keys where it is told to, and chooses evenly where it may not adapt', async () => {
    const { clock, producer } = setUp({ partitionerIgnoreKeys: true, partitionerAdaptive: false });
    const messages = Array.from({ length: 30 }, (_, i) => ({
      topic: 't',
      key: `${i}`,
      value: 'v',
    }));
    const sent = await clock.settle(producer.sendAll(messages));
    expect(new Set(sent.map(({ partition }) => partition)).size).toBe(1);
  });

  it('has at most `maxInFlight` requests under way', async () => {
    const { broker, clock, send } = setUp({ batchSizeBytes: 0, lingerMs: 0, maxInFlight: 2 });
    await clock.settle(send('first'));
    const before = broker.of('Produce').length;
    const release: (() => void)[] = [];
    broker.on(
      'Produce',
      (request) => new Promise((resolve) => release.push(() => resolve(answer(request, {})))),
    );
    const sent = Array.from({ length: 6 }, (_, i) => send(`${i}`));
    const total = () => broker.arrived.filter((name) => name === 'Produce').length - before;
    for (let answered = 0; answered < 6; answered++) {
      await clock.until(() => release.length === 1);
      expect(total()).toBe(Math.min(6, answered + 2));
      release.shift()!();
    }
    await clock.settle(Promise.all(sent));
  });

  it('sends what failed again, in order, with the sequences that it had', async () => {
    const { broker, clock, send, seen } = setUp({ batchSizeBytes: 0, lingerMs: 0 });
    await clock.settle(send('first'));
    let requests = 0;
    broker.on('Produce', (request) => {
      requests++;
      if (requests === 1) return answer(request, { errorCode: NOT_LEADER });
      // What came behind the refused batch finds a gap before it.
      if (requests <= 3) return answer(request, { errorCode: OUT_OF_ORDER });
      return answer(request, { baseOffset: requests });
    });
    const records = await clock.settle(Promise.all([send('a'), send('b'), send('c')]));
    const offsets = records.map(({ offset }) => offset);
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
    const accepted = seen().slice(4);
    expect(accepted.map(({ values }) => values[0])).toEqual(['a', 'b', 'c']);
    expect(accepted.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(accepted.map(({ epoch }) => epoch)).toEqual([0, 0, 0]);
  });

  it('sends the first batch of a partition alone: its leader takes any sequence from a stranger', async () => {
    const { broker, clock, send, seen } = setUp({ batchSizeBytes: 0, lingerMs: 0 });
    let refused = false;
    broker.on('Produce', (request) => {
      if (refused) return answer(request, {});
      refused = true;
      return answer(request, { errorCode: NOT_LEADER });
    });
    await clock.settle(Promise.all([send('a'), send('b'), send('c')]));
    expect(seen().flatMap(({ values }) => values)).toEqual(['a', 'a', 'b', 'c']);
  });

  it('begins a new epoch for a batch that others were written before', async () => {
    const { broker, clock, send, seen } = setUp({ batchSizeBytes: 0, lingerMs: 0 });
    await clock.settle(send('a'));
    let requests = 0;
    // The leader changes to one that has forgotten the producer, between two requests.
    broker.on('Produce', (request) => {
      const [batch] = arrivals(request);
      requests++;
      if (requests === 1) return answer(request, { errorCode: NOT_LEADER });
      const isLate = batch!.epoch === 0 && batch!.sequence === 1;
      return answer(request, isLate ? { errorCode: OUT_OF_ORDER } : {});
    });
    const at = clock.monotonic();
    await clock.settle(Promise.all([send('b'), send('c')]));
    expect(seen().at(-1)).toMatchObject({ epoch: 1, sequence: 0, values: ['b'] });
    expect(clock.monotonic() - at).toBeLessThan(2000);
  });

  it('sends again over a new connection when the old one breaks', async () => {
    const { broker, clock, send, seen } = setUp();
    let broken = false;
    broker.on('Produce', (request) => {
      if (broken) return answer(request, { baseOffset: 5 });
      broken = true;
      return 'close';
    });
    expect((await clock.settle(send('a'))).offset).toBe(5);
    expect(seen().map(({ sequence }) => sequence)).toEqual([0, 0]);
  });

  it.each([
    ['a gap that is the broker’s', OUT_OF_ORDER],
    ['a producer that the broker forgot', UNKNOWN_PRODUCER_ID],
  ])('begins a new epoch after %s', async (_name, errorCode) => {
    const { broker, clock, send, seen } = setUp();
    await clock.settle(send('a'));
    let refused = false;
    broker.on('Produce', (request) => {
      if (refused) return answer(request, {});
      refused = true;
      return answer(request, { errorCode });
    });
    await clock.settle(send('b'));
    expect(seen().map(({ epoch, sequence }) => [epoch, sequence])).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
    ]);
    await clock.settle(send('c'));
    expect(seen().at(-1)).toMatchObject({ epoch: 1, sequence: 1 });
  });

  it('begins a new epoch after a batch that was refused for good', async () => {
    const { broker, clock, send, seen } = setUp();
    broker.on('Produce', (request) => answer(request, { errorCode: INVALID_RECORD }));
    await expect(clock.settle(send('bad'))).rejects.toMatchObject({
      code: 'INVALID_RECORD',
      retriable: false,
    });
    broker.on('Produce', (request) => answer(request, {}));
    await clock.settle(send('good'));
    expect(seen().at(-1)).toMatchObject({ epoch: 1, sequence: 0, values: ['good'] });
  });

  it('counts a repetition that the broker recognises as written', async () => {
    const { broker, clock, send } = setUp();
    broker.on('Produce', (request) => answer(request, { errorCode: DUPLICATE_SEQUENCE }));
    expect((await clock.settle(send('a'))).offset).toBe(-1);
  });

  it('splits a batch that is too large for the topic, and keeps offsets and sequences', async () => {
    const { broker, clock, producer, seen } = setUp({ lingerMs: 10 });
    let next = 0;
    broker.on('Produce', (request) => {
      const { records } = request.topicData[0]!.partitionData[0]!;
      if (batchRecordCount(records!, 0) > 2) {
        return answer(request, { errorCode: MESSAGE_TOO_LARGE });
      }
      next += batchRecordCount(records!, 0);
      return answer(request, { baseOffset: next - batchRecordCount(records!, 0) });
    });
    const messages = ['a', 'b', 'c', 'd', 'e'].map((value) => ({
      topic: 't',
      partition: 0,
      value,
    }));
    const sent = await clock.settle(producer.sendAll(messages));
    expect(sent.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4]);
    const accepted = seen().filter(({ values }) => values.length <= 2);
    expect(accepted.flatMap(({ values }) => values)).toEqual(['a', 'b', 'c', 'd', 'e']);
    let sequence = 0;
    for (const batch of accepted) {
      expect(batch.sequence).toBe(sequence);
      sequence += batch.values.length;
    }
  });

  it('does not oversleep where the end of the linger is no round number', async () => {
    // At these times (t + 5) - t is less than 5.
    for (const start of [5.6499999999999995, 7.13, 11.94]) {
      const { clock, send } = setUp({ lingerMs: 5 });
      clock.advance(start);
      await clock.settle(send('a'));
      expect(clock.monotonic()).toBeLessThan(start + 1000);
    }
  });

  it('gives up after the delivery timeout', async () => {
    const { broker, clock, send } = setUp({ deliveryTimeoutMs: 2000 });
    broker.on('Produce', (request) => answer(request, { errorCode: NOT_LEADER }));
    const failed = clock.settle(send('a'));
    await expect(failed).rejects.toMatchObject({ retriable: true });
    expect(clock.monotonic()).toBeGreaterThanOrEqual(1000);
    expect(clock.monotonic()).toBeLessThan(4000);
  });

  it('waits for room in the buffer, and is refused when it takes too long', async () => {
    const { broker, clock, send } = setUp({
      bufferMemoryBytes: 1000,
      batchSizeBytes: 1000,
      maxBlockMs: 500,
      lingerMs: 0,
    });
    broker.on('Produce', () => 'hang');
    void send('x'.repeat(900)).catch(() => {});
    await expect(clock.settle(send('y'.repeat(900)))).rejects.toMatchObject({
      code: 'BUFFER_EXHAUSTED',
    });
    const answers: (() => void)[] = [];
    const open = setUp({ bufferMemoryBytes: 1000, batchSizeBytes: 1000, lingerMs: 0 });
    open.broker.on(
      'Produce',
      (request) => new Promise((resolve) => answers.push(() => resolve(answer(request, {})))),
    );
    const sent = [open.send('x'.repeat(900)), open.send('y'.repeat(900))];
    await open.clock.until(() => answers.length === 1);
    expect(open.seen()).toHaveLength(1);
    answers[0]!();
    await open.clock.until(() => answers.length === 2);
    answers[1]!();
    await open.clock.settle(Promise.all(sent));
  });

  it('lets nothing linger while others wait for its memory', async () => {
    const { clock, send } = setUp({
      bufferMemoryBytes: 1000,
      batchSizeBytes: 1000,
      lingerMs: 60_000,
      maxBlockMs: 100_000,
    });
    const first = send('x', 0);
    const second = send('y', 1);
    await clock.settle(first);
    expect(clock.monotonic()).toBeLessThan(1000);
    void second.catch(() => {});
  });

  it('needs no answer with acks 0, and asks for no producer id', async () => {
    const { broker, clock, send } = setUp({ acks: 0 });
    broker.on('Produce', () => undefined);
    expect((await clock.settle(send('a'))).offset).toBe(-1);
    await clock.until(() => broker.of('Produce').length === 1);
    expect(broker.of('InitProducerId')).toEqual([]);
  });

  it('refuses a record that no request can carry, and a partition that is not there', async () => {
    const { clock, producer, send } = setUp({ maxRequestSizeBytes: 1000 });
    await expect(clock.settle(send('x'.repeat(2000)))).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
    });
    await expect(clock.settle(send('x', 2))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await clock.settle(producer.close());
    await expect(send('x')).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
  });

  it('sends what waits before it closes', async () => {
    const { clock, producer, send, seen } = setUp({ lingerMs: 60_000 });
    const sent = send('last');
    await clock.settle(producer.close());
    await sent;
    expect(seen().map(({ values }) => values)).toEqual([['last']]);
    expect(clock.monotonic()).toBeLessThan(60_000);
  });

  it('speaks the versions of an old broker, by names instead of ids', async () => {
    const { broker, clock, send } = setUp();
    broker.maxVersions.set('ApiVersions', 3).set('Produce', 9).set('Metadata', 9);
    await clock.settle(send('a'));
    const produced = broker.requests.find(({ name }) => name === 'Produce')!;
    expect(produced.version).toBe(9);
    expect(broker.of('Produce')[0]!.topicData[0]!.name).toBe('t');
    const asked = broker.requests.filter(({ name }) => name === 'ApiVersions');
    expect(asked.slice(0, 2).map(({ version }) => version)).toEqual([4, 3]);
  });
});
