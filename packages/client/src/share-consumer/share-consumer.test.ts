import { describe, expect, it } from 'vitest';
import { ShareScript } from './scripted-share.test-broker.ts';
import type { ShareConsumer } from './share-consumer.ts';
import type { ShareMessage } from './share-message.ts';

const NOT_LEADER = 6;
const NOT_AUTHORIZED = 30;
const UNKNOWN_MEMBER_ID = 25;
const INVALID_RECORD_STATE = 121;

async function take(script: ShareScript, consumer: ShareConsumer, count: number) {
  const messages: ShareMessage[] = [];
  const iterator = consumer.messages();
  for (let taken = 0; taken < count; taken++) {
    const { value, done } = await script.clock.settle(iterator.next());
    if (done) break;
    messages.push(value);
  }
  return { messages, iterator };
}

const offsets = (messages: readonly ShareMessage[]) => messages.map(({ offset }) => offset);
const settle = <T>(script: ShareScript, promise: Promise<T>) => script.clock.settle(promise);

describe('implicit acknowledgement', () => {
  it('accepts a message when the next one is asked for, with the next fetch', async () => {
    const script = new ShareScript();
    script.deliveries.push({ firstOffset: 4, values: ['a', 'b'], deliveryCount: 2 });
    script.deliveries.push({ firstOffset: 6, values: ['c'] });
    const { messages } = await take(script, script.consumer(), 3);
    expect(messages.map(({ value, deliveryCount }) => [String(value), deliveryCount])).toEqual([
      ['a', 2],
      ['b', 2],
      ['c', 1],
    ]);
    expect(script.acknowledged).toEqual(['4-5 accept']);
    expect(script.outcomes).toEqual([{ topic: 't', partition: 0, offsets: [4, 5], error: null }]);
    expect(script.broker.of('ShareAcknowledge')).toEqual([]);
  });

  it('does not keep acknowledgements for long when no fetch is due', async () => {
    const script = new ShareScript();
    script.deliveries.push({ firstOffset: 0, values: ['a', 'b', 'c'] });
    await take(script, script.consumer(), 2);
    await script.clock.until(() => script.acknowledged.length > 0);
    expect(script.acknowledged).toEqual(['0-0 accept']);
  });

  it('releases what is in hand at a break, and keeps the rest', async () => {
    const script = new ShareScript();
    script.deliveries.push({ firstOffset: 0, values: ['a', 'b', 'c'] });
    const consumer = script.consumer();
    const { iterator } = await take(script, consumer, 2);
    await iterator.return?.();
    await settle(script, consumer.commit());
    expect(script.acknowledged).toEqual(['0-0 accept', '1-1 release']);
    expect(offsets((await take(script, consumer, 1)).messages)).toEqual([2]);
  });

  it('takes what is in hand for done when it is committed', async () => {
    const script = new ShareScript();
    script.deliveries.push({ firstOffset: 0, values: ['a'] });
    const consumer = script.consumer();
    await take(script, consumer, 1);
    await settle(script, consumer.commit());
    expect(script.acknowledged).toEqual(['0-0 accept']);
    expect(() => consumer.acknowledge({} as ShareMessage)).toThrow(/explicit/);
  });

  it('gives a batch of a partition at once, which is done as a whole', async () => {
    const script = new ShareScript();
    script.deliveries.push({ firstOffset: 0, values: ['a', 'b', 'c'] });
    const consumer = script.consumer();
    const iterator = consumer.batches();
    const { value } = await settle(script, iterator.next());
    expect(value).toMatchObject({ topic: 't', partition: 0 });
    expect(value.messages).toHaveLength(3);
    await settle(script, consumer.commit());
    expect(script.acknowledged).toEqual(['0-2 accept']);
  });
});

describe('explicit acknowledgement', () => {
  it('does to each message what is said of it, and nothing to the others', async () => {
    const script = new ShareScript();
    script.deliveries.push({ firstOffset: 0, values: ['a', 'b', 'c', 'd', 'e'] });
    const consumer = script.consumer({ acknowledgement: 'explicit' });
    const { messages } = await take(script, consumer, 4);
    consumer.acknowledge(messages[0]!);
    consumer.acknowledge(messages[1]!, 'release');
    consumer.acknowledge(messages[3]!, 'reject');
    await settle(script, consumer.commit());
    expect(script.acknowledged).toEqual(['0-0 accept', '1-1 release', '3-3 reject']);
    expect(() => consumer.acknowledge(messages[0]!)).toThrow(/acknowledged already/);
  });

  it('renews locks in requests that do nothing else', async () => {
    const script = new ShareScript();
    script.deliveries.push({ firstOffset: 0, values: ['a'] });
    const consumer = script.consumer({ acknowledgement: 'explicit' });
    const { messages, iterator } = await take(script, consumer, 1);
    consumer.acknowledge(messages[0]!, 'renew');
    script.deliveries.push({ firstOffset: 1, values: ['b'] });
    await settle(script, iterator.next());
    expect(script.acknowledged).toEqual(['0-0 renew']);
    expect(script.broker.of('ShareAcknowledge')).toMatchObject([{ isRenewAck: true }]);
    consumer.acknowledge(messages[0]!);
    await settle(script, consumer.commit());
    expect(script.acknowledged).toEqual(['0-0 renew', '0-0 accept']);
    expect(script.broker.of('ShareAcknowledge')[1]).toMatchObject({ isRenewAck: false });
  });

  it('says where it does not count: in an error, or partition by partition', async () => {
    const script = new ShareScript();
    script.deliveries.push({ firstOffset: 0, values: ['a', 'b'] });
    const consumer = script.consumer({ acknowledgement: 'explicit' });
    const { messages } = await take(script, consumer, 2);
    script.acknowledgeError = INVALID_RECORD_STATE;
    consumer.acknowledge(messages[0]!);
    await expect(settle(script, consumer.commit())).rejects.toMatchObject({
      code: 'INVALID_RECORD_STATE',
      message: expect.stringContaining('t-0'),
    });
    script.acknowledgeError = INVALID_RECORD_STATE;
    consumer.acknowledge(messages[1]!);
    const failed: unknown[] = [];
    await settle(script, consumer.commit({ onFailure: (outcome) => failed.push(outcome) }));
    expect(failed).toMatchObject([{ offsets: [1], error: { code: 'INVALID_RECORD_STATE' } }]);
    expect(script.outcomes).toHaveLength(2);
  });

  it('waits for a fetch that is under way, since a session has one request at a time', async () => {
    const script = new ShareScript();
    script.deliveries.push({ firstOffset: 0, values: ['a'] });
    const consumer = script.consumer({ acknowledgement: 'explicit' });
    const { messages, iterator } = await take(script, consumer, 1);
    const next = iterator.next();
    await script.clock.until(() => script.broker.of('ShareFetch').length > 1);
    consumer.acknowledge(messages[0]!);
    await settle(script, consumer.commit());
    expect(script.acknowledged).toEqual(['0-0 accept']);
    script.deliveries.push({ firstOffset: 1, values: ['b'] });
    expect((await settle(script, next)).value.offset).toBe(1);
  });
});

describe('acquired records', () => {
  it('are given out where this member has them; gaps are acknowledged as such', async () => {
    const script = new ShareScript();
    const values = ['a', 'b', 'c', 'd'];
    script.deliveries.push({
      firstOffset: 10,
      values,
      acquired: [
        [11, 11],
        [13, 15],
      ],
    });
    const consumer = script.consumer();
    expect(offsets((await take(script, consumer, 2)).messages)).toEqual([11, 13]);
    await settle(script, consumer.commit());
    expect(script.acknowledged).toEqual(['11-11 accept', '13-13 accept', '14-15 gap']);
    expect(script.outcomes).toMatchObject([{ offsets: [11, 13], error: null }]);
  });

  it('that cannot be read are rejected, told of once, and passed over', async () => {
    const script = new ShareScript();
    script.deliveries.push({ firstOffset: 0, values: ['a', 'b'], corrupt: true });
    script.deliveries.push({ firstOffset: 2, values: ['c'] });
    const consumer = script.consumer();
    await expect(take(script, consumer, 1)).rejects.toMatchObject({
      code: 'CORRUPT_MESSAGE',
      topic: 't',
      offset: 0,
    });
    expect(offsets((await take(script, consumer, 1)).messages)).toEqual([2]);
    expect(script.acknowledged).toEqual(['0-1 reject']);
  });

  it('that waited beyond their lock are not given out', async () => {
    const script = new ShareScript();
    script.deliveries.push({ firstOffset: 0, values: ['a', 'b'] });
    const consumer = script.consumer({ acknowledgement: 'explicit' });
    await take(script, consumer, 1);
    expect(consumer.acquisitionLockTimeoutMs).toBe(30_000);
    script.clock.advance(30_001);
    script.deliveries.push({ firstOffset: 5, values: ['c'] });
    expect(offsets((await take(script, consumer, 1)).messages)).toEqual([5]);
  });

  it('are asked for as many as the options say, as batches or one by one', async () => {
    const script = new ShareScript();
    script.deliveries.push({ firstOffset: 0, values: ['a'] });
    const options = { maxPollRecords: 7, acquireMode: 'record_limit' as const, fetchMinBytes: 2 };
    await take(script, script.consumer(options), 1);
    expect(script.broker.of('ShareFetch')[0]).toMatchObject({
      maxRecords: 7,
      batchSize: 7,
      shareAcquireMode: 1,
      minBytes: 2,
      maxWaitMs: 500,
    });
  });

  it('are not asked for by a limit that the broker does not know', async () => {
    const script = new ShareScript();
    script.broker.maxVersions.set('ShareFetch', 1);
    const consumer = script.consumer({ acquireMode: 'record_limit' });
    await expect(take(script, consumer, 1)).rejects.toMatchObject({ code: 'UNSUPPORTED_VERSION' });
  });
});

describe('the session with a broker', () => {
  it('begins with epoch 0 and its partitions, and goes on with what changes', async () => {
    const script = new ShareScript();
    script.deliveries.push({ firstOffset: 0, values: ['a'] });
    const consumer = script.consumer();
    const { iterator } = await take(script, consumer, 1);
    script.assignment = [0, 1];
    script.clock.advance(5000);
    await script.clock.until(() => script.broker.of('ShareGroupHeartbeat').length > 1);
    script.deliveries.push({ firstOffset: 1, values: ['b'] });
    await settle(script, iterator.next());
    expect([...script.partitions]).toEqual([0, 1]);
    script.assignment = [1];
    const next = iterator.next();
    await script.clock.until(() => !script.partitions.has(0));
    const [first, second] = script.broker.of('ShareFetch');
    expect([first!.shareSessionEpoch, second!.shareSessionEpoch]).toEqual([0, 1]);
    await settle(script, consumer.close());
    expect(await next).toMatchObject({ done: true });
  });

  it('begins anew when the broker has lost it; what was held is held no more', async () => {
    const script = new ShareScript();
    script.deliveries.push({ firstOffset: 0, values: ['a', 'b', 'c'] });
    const consumer = script.consumer({ acknowledgement: 'explicit' });
    const { messages } = await take(script, consumer, 2);
    script.forgetSession();
    consumer.acknowledge(messages[0]!);
    await expect(settle(script, consumer.commit())).rejects.toMatchObject({
      code: 'SHARE_SESSION_NOT_FOUND',
    });
    consumer.acknowledge(messages[1]!);
    expect(script.outcomes.map(({ offsets, error }) => [offsets, error?.code])).toEqual([
      [[0], 'SHARE_SESSION_NOT_FOUND'],
      [[1], 'SHARE_SESSION_NOT_FOUND'],
    ]);
    script.deliveries.push({ firstOffset: 0, values: ['a'], deliveryCount: 2 });
    const { messages: again } = await take(script, consumer, 1);
    expect(again).toMatchObject([{ offset: 0, deliveryCount: 2 }]);
    expect(script.broker.of('ShareFetch').at(-1)).toMatchObject({
      shareSessionEpoch: 0,
      topics: [{ partitions: [{ acknowledgementBatches: [] }] }],
    });
  });

  it('begins anew when the connection breaks', async () => {
    const script = new ShareScript();
    script.deliveries.push({ firstOffset: 0, values: ['a', 'b'] });
    const consumer = script.consumer();
    const { iterator } = await take(script, consumer, 1);
    script.broker.closeConnections();
    script.forgetSession();
    await expect(settle(script, consumer.commit())).rejects.toMatchObject({ retriable: true });
    script.deliveries.push({ firstOffset: 0, values: ['a'], deliveryCount: 2 });
    const { value } = await settle(script, iterator.next());
    expect(value).toMatchObject({ offset: 0, deliveryCount: 2 });
  });

  it('goes on at another leader, which metadata tells of', async () => {
    const script = new ShareScript();
    const consumer = script.consumer();
    script.partitionError = NOT_LEADER;
    script.deliveries.push({ firstOffset: 0, values: ['lost'] });
    script.deliveries.push({ firstOffset: 1, values: ['b'] });
    const before = script.broker.of('Metadata').length;
    expect(offsets((await take(script, consumer, 1)).messages)).toEqual([1]);
    expect(script.broker.of('Metadata').length).toBeGreaterThan(before + 1);
  });

  it('ends with what is left to be said; the broker gives the rest back', async () => {
    const script = new ShareScript();
    script.deliveries.push({ firstOffset: 0, values: ['a', 'b', 'c'] });
    const consumer = script.consumer();
    await take(script, consumer, 2);
    await settle(script, consumer.close());
    expect(script.acknowledged).toEqual(['0-0 accept', '1-1 release']);
    expect(script.broker.of('ShareAcknowledge')).toMatchObject([{ shareSessionEpoch: -1 }]);
    expect(script.broker.of('ShareGroupHeartbeat').at(-1)).toMatchObject({ memberEpoch: -1 });
    expect(() => consumer.subscribe('t')).toThrow(/closed/);
    await expect(consumer.commit()).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
  });
});

describe('the place in the group', () => {
  it('is looked at soon again while there is nothing to read yet', async () => {
    const script = new ShareScript();
    script.assignment = null;
    const consumer = script.consumer();
    const taken = take(script, consumer, 1);
    await script.clock.until(() => script.broker.of('ShareGroupHeartbeat').length > 2);
    expect(script.clock.monotonic()).toBeLessThan(1000);
    script.assignment = [0];
    script.deliveries.push({ firstOffset: 0, values: ['a'] });
    expect((await taken).messages).toHaveLength(1);
  });

  it('is taken again when the coordinator has forgotten it', async () => {
    const script = new ShareScript();
    script.deliveries.push({ firstOffset: 0, values: ['a'] });
    const consumer = script.consumer();
    const { iterator } = await take(script, consumer, 1);
    script.heartbeatErrors = [UNKNOWN_MEMBER_ID];
    script.clock.advance(5000);
    script.deliveries.push({ firstOffset: 1, values: ['b'] });
    await script.clock.until(() => script.broker.of('ShareGroupHeartbeat').length > 2);
    const beats = script.broker.of('ShareGroupHeartbeat');
    expect(beats.map(({ memberEpoch }) => memberEpoch).slice(0, 3)).toEqual([0, 1, 0]);
    expect(new Set(beats.map(({ memberId }) => memberId)).size).toBe(1);
    expect((await settle(script, iterator.next())).value.offset).toBe(1);
  });

  it('is not kept by heartbeats without end, whatever the coordinator asks for', async () => {
    const script = new ShareScript();
    script.heartbeatIntervalMs = 0;
    script.deliveries.push({ firstOffset: 0, values: ['a'] });
    await take(script, script.consumer(), 1);
    const before = script.broker.of('ShareGroupHeartbeat').length;
    const end = script.clock.monotonic() + 1000;
    await script.clock.until(() => script.clock.monotonic() >= end);
    const beats = script.broker.of('ShareGroupHeartbeat').length - before;
    expect(beats).toBeGreaterThan(0);
    expect(beats).toBeLessThanOrEqual(11);
  });

  it('is refused for good where it may not be had', async () => {
    const script = new ShareScript();
    script.heartbeatErrors = [NOT_AUTHORIZED];
    const consumer = script.consumer();
    for (let times = 0; times < 2; times++) {
      await expect(take(script, consumer, 1)).rejects.toMatchObject({
        code: 'GROUP_AUTHORIZATION_FAILED',
      });
    }
    expect(script.broker.of('ShareGroupHeartbeat')).toHaveLength(1);
  });
});

describe('a share consumer', () => {
  it.each([
    [{ groupId: '' }, /groupId/],
    [{ acknowledgement: 'maybe' as never }, /acknowledgement/],
    [{ acquireMode: 'all' as never }, /acquireMode/],
    [{ maxPollRecords: 0 }, /maxPollRecords/],
    [{ onError: 'retry' as never }, /onError/],
  ])('is not made with %j', (options, says) => {
    expect(() => new ShareScript().consumer(options)).toThrow(says);
  });

  it('ends an iteration with its signal, and has one at a time', async () => {
    const script = new ShareScript();
    const consumer = script.consumer();
    const stop = new AbortController();
    const next = consumer.messages({ signal: stop.signal }).next();
    await expect(consumer.messages().next()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    stop.abort();
    expect(await settle(script, next)).toMatchObject({ done: true });
  });
});
