import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientEvents } from './channels.ts';
import type { OtelAttributes, OtelMeter } from './otel-api.ts';
import { errorType } from './tracing.ts';

/**
 * Counts and times what the clients of this process do, by OpenTelemetry's semantic conventions for
 * messaging: `messaging.client.sent.messages`, `messaging.client.consumed.messages`,
 * `messaging.client.operation.duration`. Gives a function that stops it.
 *
 * @example
 * const stop = clientMetrics(otel.metrics.getMeter('shop'));
 */
export function clientMetrics(meter: OtelMeter): () => void {
  const sent = meter.createCounter('messaging.client.sent.messages', {
    description: 'Messages that a producer tried to send to a broker',
    unit: '{message}',
  });
  const consumed = meter.createCounter('messaging.client.consumed.messages', {
    description: 'Messages that came to a consumer',
    unit: '{message}',
  });
  const duration = meter.createHistogram('messaging.client.operation.duration', {
    description: 'Time from the first message of a batch until it was written or given up',
    unit: 's',
  });
  const stops = [
    listen('tidelog:client:produce', ({ topic, partition, records, durationMs, error }) => {
      const attributes = attributesOf('send', topic, partition, error);
      sent.add(records, attributes);
      duration.record(durationMs / 1000, attributes);
    }),
    listen('tidelog:client:consume', ({ topic, partition, records, groupId }) => {
      const attributes = attributesOf('receive', topic, partition, null);
      const group = groupId === null ? {} : { 'messaging.consumer.group.name': groupId };
      consumed.add(records, { ...attributes, ...group });
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function listen<Name extends keyof ClientEvents>(
  name: Name,
  listener: (event: ClientEvents[Name]) => void,
): () => void {
  const onMessage = (event: unknown): void => listener(event as ClientEvents[Name]);
  subscribe(name, onMessage);
  return () => unsubscribe(name, onMessage);
}

function attributesOf(
  type: 'send' | 'receive',
  topic: string,
  partition: number,
  error: Error | null,
): OtelAttributes {
  return {
    'messaging.system': 'kafka',
    'messaging.operation.type': type,
    'messaging.operation.name': type === 'send' ? 'send' : 'poll',
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': String(partition),
    ...(error === null ? {} : { 'error.type': errorType(error) }),
  };
}
