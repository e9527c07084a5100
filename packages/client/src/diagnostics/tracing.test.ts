import { BatchBuilder, RecordCursor } from '@tidelog/protocol';
import { describe, expect, it } from 'vitest';
import { KafkaClientError } from '../client-error.ts';
import { ConsumedMessage } from '../consumer/consumed-message.ts';
import type { HeadersInput, ProducerMessage } from '../producer/message.ts';
import { headerList } from '../producer/message.ts';
import { ShareMessage } from '../share-consumer/share-message.ts';
import type { OtelApi, OtelAttributes, OtelSpanOptions } from './otel-api.ts';
import { tracing } from './tracing.ts';

interface Context {
  readonly span: FakeSpan | null;
  /** A span in another process. */
  readonly remote?: string;
}

class FakeSpan {
  readonly id: string;
  readonly name: string;
  readonly kind: number;
  readonly parent: Context;
  attributes: OtelAttributes;
  status: unknown = null;
  exceptions: Error[] = [];
  ends = 0;

  constructor(id: string, name: string, options: OtelSpanOptions, parent: Context) {
    this.id = id;
    this.name = name;
    this.kind = options.kind;
    this.attributes = options.attributes;
    this.parent = parent;
  }

  setAttributes(attributes: OtelAttributes): this {
    this.attributes = { ...this.attributes, ...attributes };
    return this;
  }
  setStatus(status: unknown): this {
    this.status = status;
    return this;
  }
  recordException(error: Error): void {
    this.exceptions.push(error);
  }
  end(): void {
    this.ends++;
  }
}

/** OpenTelemetry as far as it matters here, with W3C's header. */
function fakeOtel() {
  const spans: FakeSpan[] = [];
  let active: Context = { span: null };
  const api: OtelApi<Context, FakeSpan> = {
    context: {
      active: () => active,
      with: (context, call) => {
        const before = active;
        active = context;
        try {
          return call();
        } finally {
          active = before;
        }
      },
    },
    propagation: {
      inject: ({ span }, carrier, setter) =>
        setter.set(carrier, 'traceparent', `00-${span!.id}-01`),
      extract: (context, carrier, getter) => {
        const remote = getter.get(carrier, 'traceparent');
        return remote === undefined ? context : { span: null, remote };
      },
    },
    trace: { setSpan: (context, span) => ({ ...context, span }) },
  };
  const tracer = {
    startSpan(name: string, options: OtelSpanOptions, context: Context): FakeSpan {
      const span = new FakeSpan(`span-${spans.length}`, name, options, context);
      spans.push(span);
      return span;
    },
  };
  return { spans, api, traced: tracing(tracer, api) };
}

function producerOf(outcome: () => Promise<number>) {
  const sent: ProducerMessage[] = [];
  const send = async (message: ProducerMessage) => {
    sent.push(message);
    return { topic: message.topic, partition: 3, offset: await outcome(), timestamp: 0 };
  };
  return { sent, send };
}

function consumed(headers: HeadersInput, value: string | null = 'v'): ConsumedMessage {
  const builder = new BatchBuilder();
  builder.append(0, 'k', value, headerList(headers));
  const cursor = new RecordCursor();
  cursor.open(builder.finish(), 0);
  cursor.next();
  return new ConsumedMessage('orders', 2, cursor);
}

const textOf = (headers: HeadersInput | undefined) =>
  headerList(headers).map(({ key, value }) => `${key}=${String(value)}`);

describe('tracing a message that is sent', () => {
  it('takes a span along in its headers', async () => {
    const { spans, traced } = fakeOtel();
    const producer = producerOf(async () => 7);
    const headers = { kind: 'new', traceparent: 'of the message that was read' };
    await traced.send(producer, { topic: 'orders', key: 'k', value: 'four', headers });
    expect(textOf(producer.sent[0]!.headers)).toEqual(['kind=new', 'traceparent=00-span-0-01']);
    expect(spans).toHaveLength(1);
    expect(spans[0]).toMatchObject({ name: 'send orders', kind: 3, ends: 1, status: null });
    expect(spans[0]!.attributes).toEqual({
      'messaging.system': 'kafka',
      'messaging.operation.type': 'send',
      'messaging.operation.name': 'send',
      'messaging.destination.name': 'orders',
      'messaging.destination.partition.id': '3',
      'messaging.kafka.offset': 7,
      'messaging.kafka.message.key': 'k',
      'messaging.message.body.size': 4,
    });
  });

  it('leaves the caller’s message as it was', async () => {
    const { traced } = fakeOtel();
    const message = { topic: 'orders', value: null, headers: [{ key: 'a', value: 'b' }] };
    await traced.send(
      producerOf(async () => 0),
      message,
    );
    expect(message.headers).toHaveLength(1);
  });

  it('tells of a failure', async () => {
    const { spans, traced } = fakeOtel();
    const failure = new KafkaClientError('MESSAGE_TOO_LARGE', 'too large');
    const producer = producerOf(() => Promise.reject(failure));
    const key = Buffer.from([0xff, 0xfe]);
    await expect(traced.send(producer, { topic: 'orders', key, value: null })).rejects.toBe(
      failure,
    );
    expect(spans[0]).toMatchObject({
      ends: 1,
      exceptions: [failure],
      status: { code: 2, message: 'too large' },
      attributes: {
        'error.type': 'MESSAGE_TOO_LARGE',
        'messaging.kafka.message.tombstone': true,
      },
    });
    expect(spans[0]!.attributes).not.toHaveProperty('messaging.kafka.message.key');
  });
});

describe('tracing the work on a message', () => {
  it('goes on with the trace of whoever sent it', async () => {
    const { spans, api, traced } = fakeOtel();
    const message = consumed({ traceparent: '00-elsewhere-01' });
    const seen = await traced.process(message, () => api.context.active().span, { groupId: 'g' });
    expect(seen).toBe(spans[0]);
    expect(spans[0]).toMatchObject({
      name: 'process orders',
      kind: 4,
      ends: 1,
      parent: { remote: '00-elsewhere-01' },
      attributes: {
        'messaging.operation.type': 'process',
        'messaging.destination.partition.id': '2',
        'messaging.kafka.offset': 0,
        'messaging.consumer.group.name': 'g',
      },
    });
  });

  it('of a share group too', async () => {
    const { spans, traced } = fakeOtel();
    const message = new ShareMessage(consumed({ traceparent: '00-elsewhere-01' }), 1);
    await traced.process(message, () => {});
    expect(spans[0]).toMatchObject({
      parent: { remote: '00-elsewhere-01' },
      attributes: { 'messaging.kafka.message.key': 'k', 'messaging.message.body.size': 1 },
    });
  });

  it('begins a trace where there is none, and tells of a failure', async () => {
    const { spans, traced } = fakeOtel();
    const work = () => Promise.reject(new TypeError('no such customer'));
    await expect(traced.process(consumed({}, null), work)).rejects.toThrow(TypeError);
    expect(spans[0]).toMatchObject({
      parent: { span: null },
      ends: 1,
      status: { code: 2 },
      attributes: { 'error.type': 'TypeError', 'messaging.kafka.message.tombstone': true },
    });
  });
});
