import type { ReceivedMessage } from '../consumer/consumed-message.ts';
import type { ProducerMessage, SentRecord } from '../producer/message.ts';
import type { OtelApi, OtelAttributes, OtelSpan, OtelTracer } from './otel-api.ts';
import { headerGetter, headersToWrite, headerSetter } from './trace-headers.ts';

const PRODUCER = 3;
const CONSUMER = 4;
const ERROR = 2;

/** Whatever sends: a producer, a transaction. */
interface Sends {
  send(message: ProducerMessage): Promise<SentRecord>;
}

export interface Tracing {
  /**
   * Sends in a span of kind PRODUCER, `send orders`, which the message takes along in its headers.
   */
  send(producer: Sends, message: ProducerMessage): Promise<SentRecord>;
  /**
   * Works on a message in a span of kind CONSUMER, `process orders`, whose parent is the span that sent
   * it. Within `work` the span is the active one.
   */
  process<Message extends ReceivedMessage, Result>(
    message: Message,
    work: (message: Message) => Result | Promise<Result>,
    options?: { readonly groupId?: string | undefined },
  ): Promise<Result>;
}

/**
 * Traces messages with OpenTelemetry, by its semantic conventions for messaging with Kafka. The second
 * argument is `@opentelemetry/api` itself, which this package does not need for anything else. Headers
 * are written and read by the propagator that is set there, `traceparent` of W3C by default.
 *
 * @example
 * import * as otel from '@opentelemetry/api';
 * const traced = tracing(otel.trace.getTracer('shop'), otel);
 * await traced.send(producer, { topic: 'orders', value: 'v' });
 * for await (const message of consumer) await traced.process(message, bill);
 */
export function tracing<Context, Span extends OtelSpan>(
  tracer: OtelTracer<Context, Span>,
  api: OtelApi<Context, Span>,
): Tracing {
  const { context, propagation, trace } = api;
  return {
    async send(producer, message) {
      const parent = context.active();
      const attributes = sendAttributes(message);
      const span = tracer.startSpan(
        `send ${message.topic}`,
        { kind: PRODUCER, attributes },
        parent,
      );
      const headers = headersToWrite(message.headers);
      const inSpan = trace.setSpan(parent, span);
      propagation.inject(inSpan, headers, headerSetter);
      return within(span, async () => {
        const sent = await context.with(inSpan, () => producer.send({ ...message, headers }));
        span.setAttributes(placeAttributes(sent));
        return sent;
      });
    },
    async process(message, work, { groupId } = {}) {
      const parent = propagation.extract(context.active(), message.headers, headerGetter);
      const attributes = processAttributes(message, groupId);
      const name = `process ${message.topic}`;
      const span = tracer.startSpan(name, { kind: CONSUMER, attributes }, parent);
      const inSpan = trace.setSpan(parent, span);
      return within(span, async () => context.with(inSpan, () => work(message)));
    },
  };
}

/** Ends the span with what became of the work. */
async function within<Result>(span: OtelSpan, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    span.recordException(error);
    span.setStatus({ code: ERROR, message: error.message });
    span.setAttributes({ 'error.type': errorType(error) });
    throw thrown;
  } finally {
    span.end();
  }
}

/** The `error.type` of the conventions: a code where there is one. */
export function errorType(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
}

function sendAttributes({ topic, key, value, partition }: ProducerMessage): OtelAttributes {
  return {
    'messaging.system': 'kafka',
    'messaging.operation.type': 'send',
    'messaging.operation.name': 'send',
    'messaging.destination.name': topic,
    ...(partition === undefined ? {} : { 'messaging.destination.partition.id': String(partition) }),
    ...messageAttributes(key ?? null, value),
  };
}

function placeAttributes({ partition, offset }: SentRecord): OtelAttributes {
  const place = { 'messaging.destination.partition.id': String(partition) };
  return offset < 0 ? place : { ...place, 'messaging.kafka.offset': offset };
}

function processAttributes(
  { topic, partition, offset, keyBytes, valueBytes }: ReceivedMessage,
  groupId: string | undefined,
): OtelAttributes {
  return {
    'messaging.system': 'kafka',
    'messaging.operation.type': 'process',
    'messaging.operation.name': 'process',
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': String(partition),
    'messaging.kafka.offset': offset,
    ...(groupId === undefined ? {} : { 'messaging.consumer.group.name': groupId }),
    ...messageAttributes(keyBytes, valueBytes),
  };
}

/** A key is told where it reads as text: other bytes would be noise. */
function messageAttributes(
  key: Uint8Array | string | null,
  value: Uint8Array | string | null,
): OtelAttributes {
  const text = typeof key === 'string' ? key : key === null ? '' : Buffer.from(key).toString();
  const isText = text !== '' && !text.includes('\ufffd') && text.length <= 256;
  return {
    ...(isText ? { 'messaging.kafka.message.key': text } : {}),
    ...(value === null
      ? { 'messaging.kafka.message.tombstone': true }
      : { 'messaging.message.body.size': Buffer.byteLength(value) }),
  };
}
