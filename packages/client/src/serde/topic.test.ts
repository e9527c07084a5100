import { describe, expect, expectTypeOf, it } from 'vitest';
import type { ConsumedMessage } from '../consumer/consumed-message.ts';
import type { Consumer } from '../consumer/consumer.ts';
import { toDeadLetters } from '../patterns/dead-letters.ts';
import type { Producer } from '../producer/producer.ts';
import { setUp } from '../testing/consumed-broker.ts';
import { json } from './json.ts';
import { bytes, int32, nullable, string } from './primitives.ts';
import { type Serde, SerdeError } from './serde.ts';
import type { StandardResult, StandardSchema } from './standard-schema.ts';
import { topic } from './topic.ts';

interface Order {
  readonly id: string;
  readonly total: number;
}

const orders = topic('orders', { key: string, value: json<Order>() });

/** What a library of schemas would give: a date as text on the wire, and as a Date for its reader. */
const payment: StandardSchema<{ at: string; sum: number }, { at: Date; sum: number }> = {
  '~standard': {
    version: 1,
    vendor: 'by hand',
    validate(value): StandardResult<{ at: Date; sum: number }> {
      const { at, sum } = value as { at: string; sum: unknown };
      if (typeof sum === 'number') return { value: { at: new Date(at), sum } };
      return { issues: [{ message: 'is no number', path: ['sum', { key: 'cents' }] }] };
    },
  },
};
const payments = topic('payments', { key: nullable(int32), value: payment });

describe('a topic with types', () => {
  it('writes messages', () => {
    const message = orders.message({ key: 'k', value: { id: 'k', total: 5 }, headers: { a: 'b' } });
    expect(message).toMatchObject({
      topic: 'orders',
      key: Buffer.from('k'),
      value: Buffer.from('{"id":"k","total":5}'),
      headers: [{ key: 'a', value: 'b' }],
    });
    expect(String(orders)).toBe('orders');
  });

  it('may leave out a key that may be null, and what is not said is bytes', () => {
    const value = { at: '2026-01-02T03:04:05Z', sum: 7 };
    expect(payments.message({ value })).toMatchObject({ key: null });
    expect(topic('raw').message({ value: null })).toMatchObject({ key: null, value: null });
  });

  it('says what is wrong with a value, by the issues of its schema', () => {
    const value = { at: 'now', sum: 'much' as unknown as number };
    const write = () => payments.message({ key: 1, value });
    expect(write).toThrow(SerdeError);
    expect(write).toThrow('a value for topic payments cannot be written: sum.cents: is no number');
    expect(() => orders.message({ key: 5 as unknown as string, value: { id: '', total: 1 } })) //
      .toThrow('a key for topic orders cannot be written: 5 is not a string');
  });

  it('has a schema that does not wait', () => {
    const slow: StandardSchema = {
      '~standard': {
        version: 1,
        vendor: 'slow',
        validate: () => Promise.reject(new Error('late')),
      },
    };
    expect(() => topic('t', { value: slow }).message({ value: 1 })).toThrow(/asynchronously/);
  });

  it('has a name', () => {
    expect(() => topic('')).toThrow(/name/);
  });

  it('carries its types to producers and consumers', () => {
    type Send = Producer['send'];
    const at = new Date();
    void (async (send: Send, consumer: Consumer, producer: Producer) => {
      await send({ topic: orders, key: 'k', value: { id: 'k', total: 5 } });
      await send({ topic: payments, value: { at: '2026', sum: 5 } });
      // @ts-expect-error -- the key is a string
      await send({ topic: orders, key: 5, value: { id: 'k', total: 5 } });
      // @ts-expect-error -- a key is needed
      await send({ topic: orders, value: { id: 'k', total: 5 } });
      // @ts-expect-error -- what is written is text
      await send({ topic: payments, value: { at, sum: 5 } });
      for await (const message of consumer.subscribe(orders)) {
        expectTypeOf(message.key).toEqualTypeOf<string>();
        expectTypeOf(message.value).toEqualTypeOf<Order>();
        expectTypeOf(message.valueBytes).toEqualTypeOf<Buffer | null>();
      }
      for await (const { messages } of consumer.subscribe(payments).batches()) {
        expectTypeOf(messages[0]!.key).toEqualTypeOf<number | null>();
        expectTypeOf(messages[0]!.value).toEqualTypeOf<{ at: Date; sum: number }>();
      }
      for await (const message of consumer.subscribe([orders, payments])) {
        if (message.topic === 'orders') expectTypeOf(message.value).toEqualTypeOf<Order>();
        else expectTypeOf(message.value.at).toEqualTypeOf<Date>();
      }
      await consumer.subscribe(orders).run({
        onMessage: ({ value }) => expectTypeOf(value).toEqualTypeOf<Order>(),
        onError: toDeadLetters(producer, { topic: 'dead', groupId: 'g' }),
      });
      const assigned = consumer.assign([{ topic: topic('raw', { key: bytes }), partition: 0 }]);
      for await (const { value } of assigned) expectTypeOf(value).toEqualTypeOf<Buffer | null>();
      expectTypeOf(consumer.messages()).toEqualTypeOf<AsyncIterableIterator<ConsumedMessage>>();
    });
  });
});

describe('reading a topic with types', () => {
  const t = topic('t', { value: json<{ n: number }>() });

  it('gives keys and values of its types, and other topics as they are', async () => {
    const { clock, consumer, append } = setUp();
    append(0, '{"n":1}', '{"n":2}');
    const typed = consumer.assign([{ topic: t, partition: 0 }]);
    expect(typed).toBe(consumer);
    const { value: first } = await clock.settle(typed.messages().next());
    expect([first.topic, first.partition, first.offset]).toEqual(['t', 0, 0]);
    expect([first.keyBytes, first.value]).toEqual([first.key, { n: 1 }]);
    expect(first.valueBytes.toString()).toBe('{"n":1}');
    expect(first.value).toBe(first.value);
    consumer.assign([{ topic: 't', partition: 0 }]);
    const { value: plain } = await clock.settle(consumer.messages().next());
    expect(plain.value.toString()).toBe('{"n":1}');
  });

  it('tells where a message is that cannot be read, and goes on after it', async () => {
    const { clock, consumer, append } = setUp();
    append(1, 'no JSON', '{"n":2}');
    const messages = consumer.assign([{ topic: t, partition: 1 }]).messages();
    const { value: broken } = await clock.settle(messages.next());
    const read = () => broken.value;
    expect(read).toThrow(SerdeError);
    for (let times = 0; times < 2; times++) {
      expect(read).toThrow(/^the value at t-1, offset 0, cannot be read: .*JSON.*skip the message/);
    }
    expect(broken.valueBytes.toString()).toBe('no JSON');
    const { value: next } = await clock.settle(messages.next());
    expect(next.value).toEqual({ n: 2 });
  });

  it('leaves what cannot be read to the policy of a run', async () => {
    const { clock, consumer, append } = setUp();
    append(0, '{"n":1}', 'no JSON', '{"n":3}');
    const done: number[] = [];
    const failures: unknown[] = [];
    const running = consumer.assign([{ topic: t, partition: 0 }]).run({
      onMessage: ({ value }) => void done.push(value.n),
      onError: ({ error, messages }) => {
        failures.push(error, messages[0]!.valueBytes?.toString());
        return 'skip';
      },
    });
    await clock.until(() => done.length === 2);
    expect(done).toEqual([1, 3]);
    const place = {
      code: 'DESERIALIZATION_FAILED',
      topic: 't',
      partition: 0,
      offset: 1,
      part: 'value',
    };
    expect(failures).toEqual([expect.objectContaining(place), 'no JSON']);
    await clock.settle(consumer.close());
    await running;
  });

  it('joins a group for its topics', async () => {
    const { broker, clock, consumer, append } = setUp({ groupId: 'g' });
    append(0, '{"n":3}');
    const { value: message } = await clock.settle(consumer.subscribe([t]).messages().next());
    expect(message.value).toEqual({ n: 3 });
    expect(broker.of('JoinGroup')).not.toHaveLength(0);
    await clock.settle(consumer.close());
  });
});

describe('a serde that needs something first', () => {
  /** Bytes are a number of a schema and a text; what schemas say has to be fetched once. */
  function registry() {
    const fetched: string[] = [];
    const known = new Map<string, string>();
    const need = (id: string): Promise<void> | undefined => {
      if (known.has(id)) return undefined;
      fetched.push(id);
      return Promise.resolve().then(() => void known.set(id, `schema ${id}`));
    };
    const serde: Serde<string, string> = {
      beforeSerialize: (value) => need(value[0]!),
      beforeDeserialize: (bytes) => need(bytes!.toString()[0]!),
      serialize: (value) => Buffer.from(`${value[0]}${known.get(value[0]!)}`),
      deserialize: (bytes) => `${known.get(bytes!.toString()[0]!)}: ${bytes!.toString()}`,
    };
    return { fetched, known, serde };
  }

  it('is waited for before messages are read', async () => {
    const { fetched, serde } = registry();
    const { clock, consumer, append } = setUp();
    append(0, '1a', '1b', '2c');
    const place = { topic: topic('t', { value: serde }), partition: 0 };
    const messages = consumer.assign([place]).messages();
    const values: string[] = [];
    for (let times = 0; times < 3; times++) {
      values.push((await clock.settle(messages.next())).value.value);
    }
    expect(values).toEqual(['schema 1: 1a', 'schema 1: 1b', 'schema 2: 2c']);
    expect(fetched).toEqual(['1', '2']);
  });

  it('is waited for before work begins, on messages and on batches', async () => {
    const { serde } = registry();
    for (const kind of ['onMessage', 'onBatch'] as const) {
      const { clock, consumer, append } = setUp();
      append(0, '1a', '2b');
      const values: string[] = [];
      const typed = consumer.assign([{ topic: topic('t', { value: serde }), partition: 0 }]);
      const running = typed.run(
        kind === 'onMessage'
          ? { onMessage: ({ value }) => void values.push(value) }
          : { onBatch: ({ messages }) => void values.push(...messages.map(({ value }) => value)) },
      );
      await clock.until(() => values.length === 2);
      expect(values).toEqual(['schema 1: 1a', 'schema 2: 2b']);
      await clock.settle(consumer.close());
      await running;
    }
  });

  it('is told of with the message that cannot be read without it', async () => {
    const { serde } = registry();
    const away = () => Promise.reject(new Error('the registry is away'));
    const { clock, consumer, append } = setUp();
    append(0, '1a');
    const value: Serde<string> = {
      ...serde,
      beforeDeserialize: away,
      deserialize: () => {
        throw new Error('schema 1 is not here');
      },
    };
    const place = { topic: topic('t', { value }), partition: 0 };
    const { value: message } = await clock.settle(consumer.assign([place]).messages().next());
    expect(() => message.value).toThrow(/schema 1 is not here/);
  });

  it('is waited for before a message is sent', async () => {
    const { known, serde } = registry();
    const { broker, clock, client } = setUp();
    const sent: string[] = [];
    broker.on('InitProducerId', () => ({ errorCode: 0, producerId: 5, producerEpoch: 0 }));
    broker.on('Produce', ({ topicData }) => {
      sent.push(topicData[0]!.partitionData[0]!.records!.toString('latin1'));
      return {
        responses: topicData.map(({ name, topicId, partitionData }) => ({
          name,
          topicId,
          partitionResponses: [{ index: partitionData[0]!.index, errorCode: 0, baseOffset: 0 }],
        })),
      };
    });
    const place = topic('t', { value: nullable(serde) });
    const producer = client.producer();
    await clock.settle(producer.send({ topic: place, value: '9x' }));
    expect(sent[0]).toContain('9schema 9');
    known.clear();
    await clock.settle(producer.send({ topic: place, value: null }));
    const failing: Serde<string> = {
      ...serde,
      beforeSerialize: () => Promise.reject(new Error('x')),
    };
    const refused = producer.send({ topic: topic('t', { value: failing }), value: 'y' });
    await expect(clock.settle(refused)).rejects.toThrow('x');
  });
});
