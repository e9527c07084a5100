import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { toDeadLetters } from '../patterns/dead-letters.ts';
import type { Producer } from '../producer/producer.ts';
import { json } from '../serde/json.ts';
import { string } from '../serde/primitives.ts';
import type { Serde } from '../serde/serde.ts';
import { topic } from '../serde/topic.ts';
import { ShareScript } from './scripted-share.test-broker.ts';
import type { ShareConsumer } from './share-consumer.ts';
import type { ShareConsumerOptions, ShareFailure } from './share-settings.ts';

interface Order {
  readonly total: number;
}

const orders = topic('t', { value: json<Order>() });

/** A consumer of orders, and the totals that it gives; errors stand where they are thrown. */
function setUp(onError?: ShareConsumerOptions['onError']) {
  const script = new ShareScript();
  const consumer = script.consumer(onError === undefined ? {} : { onError });
  const typed = consumer.subscribe(orders);
  const take = async (count: number): Promise<unknown[]> => {
    const seen: unknown[] = [];
    while (seen.length < count) {
      const next = script.clock.settle(typed.messages().next());
      seen.push(await next.then(({ value }) => value.value.total).catch((error) => error.code));
    }
    return seen;
  };
  const said = async (): Promise<string[]> => {
    await script.clock.settle(consumer.commit());
    return script.acknowledged;
  };
  return { script, consumer, take, said };
}

const total = (value: number) => JSON.stringify({ total: value });

describe('messages with types', () => {
  it('are read before they are given out', async () => {
    const { script, take, said } = setUp();
    script.deliveries.push({ firstOffset: 0, values: [total(1), total(2)] });
    expect(await take(2)).toEqual([1, 2]);
    expect(await said()).toEqual(['0-1 accept']);
  });

  it('carry their types', () => {
    void (async (consumer: ShareConsumer) => {
      const names = topic('names', { key: string, value: string });
      for await (const message of consumer.subscribe([orders, names])) {
        if (message.topic === 'names') expectTypeOf(message.value).toEqualTypeOf<string>();
        else expectTypeOf(message.value).toEqualTypeOf<Order>();
        consumer.acknowledge(message);
      }
    });
  });

  it('wait for what their serdes have to fetch', async () => {
    const script = new ShareScript();
    let there = false;
    const slow: Serde<string> = {
      ...string,
      deserialize: (bytes) => (there ? String(bytes) : 'too early'),
      beforeDeserialize: async () => {
        there = true;
      },
    };
    script.deliveries.push({ firstOffset: 0, values: ['a'] });
    const typed = script.consumer().subscribe(topic('t', { value: slow }));
    const { value } = await script.clock.settle(typed.messages().next());
    expect(value.value).toBe('a');
  });
});

describe('a message that cannot be read', () => {
  const bad = { firstOffset: 4, values: [total(1), '{', total(3)] };

  it('stops the iteration by default, is released, and the next one goes on behind it', async () => {
    const { script, consumer, take, said } = setUp();
    script.deliveries.push(bad);
    expect(await take(1)).toEqual([1]);
    await expect(consumer.messages().next()).rejects.toMatchObject({
      code: 'DESERIALIZATION_FAILED',
      topic: 't',
      partition: 0,
      offset: 5,
      part: 'value',
    });
    expect(await take(1)).toEqual([3]);
    expect(await said()).toEqual(['4-4 accept', '5-5 release', '6-6 accept']);
  });

  it.each([
    ['skip', 'reject'],
    ['release', 'release'],
  ] as const)('is passed over with %s', async (decision, type) => {
    const { script, take, said } = setUp(decision);
    script.deliveries.push(bad);
    expect(await take(2)).toEqual([1, 3]);
    expect(await said()).toEqual(['4-4 accept', `5-5 ${type}`, '6-6 accept']);
  });

  it('is left out of its batch', async () => {
    const { script, consumer } = setUp('skip');
    script.deliveries.push(bad);
    const batches = consumer.batches();
    const offsets = [];
    for (let count = 0; count < 2; count++) {
      const { value } = await script.clock.settle(batches.next());
      offsets.push(value.messages.map((message: { offset: number }) => message.offset));
    }
    expect(offsets).toEqual([[4], [6]]);
  });

  it('is decided about by a function, which is told how often it came', async () => {
    const failures: ShareFailure[] = [];
    const { script, take } = setUp((failure) => {
      failures.push(failure);
      return failure.attempt < 2 ? 'release' : 'skip';
    });
    script.deliveries.push({ firstOffset: 0, values: ['{'] });
    script.deliveries.push({ firstOffset: 0, values: ['{'], deliveryCount: 2 });
    script.deliveries.push({ firstOffset: 1, values: [total(1)] });
    expect(await take(1)).toEqual([1]);
    expect(script.acknowledged).toEqual(['0-0 release', '0-0 reject']);
    expect(failures).toMatchObject([
      { topic: 't', partition: 0, offset: 0, attempt: 1, messages: [{ offset: 0 }] },
      { attempt: 2 },
    ]);
  });

  it('goes to a dead letter topic before it is rejected', async () => {
    const sendAll = vi.fn(async () => []);
    const producer = { sendAll } as unknown as Producer;
    const { script, take, said } = setUp(toDeadLetters(producer, { topic: 'dead', groupId: 'g' }));
    script.deliveries.push(bad);
    expect(await take(2)).toEqual([1, 3]);
    expect(await said()).toContain('5-5 reject');
    expect(sendAll.mock.calls).toMatchObject([
      [[{ topic: 'dead', value: Buffer.from('{'), key: null }]],
    ]);
  });

  it('is released when that fails, which ends the iteration', async () => {
    const { script, take, said } = setUp(() => {
      throw Object.assign(new Error('no broker'), { code: 'NO_BROKER' });
    });
    script.deliveries.push(bad);
    expect(await take(3)).toEqual([1, 'NO_BROKER', 3]);
    expect(await said()).toEqual(['4-4 accept', '5-5 release', '6-6 accept']);
  });

  it('says nothing after the consumer was closed meanwhile', async () => {
    const closing: Promise<void>[] = [];
    const { script, consumer } = setUp(() => {
      closing.push(consumer.close());
      return 'skip';
    });
    script.deliveries.push({ firstOffset: 0, values: ['{'] });
    const { done } = await script.clock.settle(consumer.messages().next());
    expect(done).toBe(true);
    await script.clock.settle(Promise.all(closing));
    expect(script.acknowledged).toEqual([]);
  });
});

describe('a damaged batch', () => {
  const damaged = { firstOffset: 0, values: ['a', 'b'], corrupt: true };

  it.each([
    ['skip', 'reject'],
    ['release', 'release'],
  ] as const)('is passed over with %s', async (decision, type) => {
    const { script, take } = setUp(decision);
    script.deliveries.push(damaged);
    script.deliveries.push({ firstOffset: 2, values: [total(3)] });
    expect(await take(1)).toEqual([3]);
    expect(script.acknowledged).toEqual([`0-1 ${type}`]);
  });

  it('has no messages to tell of', async () => {
    const failures: ShareFailure[] = [];
    const { script, take } = setUp((failure) => {
      failures.push(failure);
      return 'skip';
    });
    script.deliveries.push({ ...damaged, acquired: [[1, 1]], deliveryCount: 3 });
    script.deliveries.push({ firstOffset: 2, values: [total(3)] });
    await take(1);
    expect(failures).toMatchObject([
      { offset: 1, attempt: 3, messages: [], error: { code: 'CORRUPT_MESSAGE', topic: 't' } },
    ]);
  });
});
