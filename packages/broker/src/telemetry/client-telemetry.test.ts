import type { RequestContext } from '@tidelog/network';
import { compress, codecs, errors, ZERO_UUID } from '@tidelog/protocol';
import { MetadataImage } from '@tidelog/metadata';
import { nodePlatform } from '@tidelog/platform';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { Exposition } from '../metrics/exposition.ts';
import { ClientTelemetry } from './client-telemetry.ts';
import { encodeMetrics, type Point } from './otlp.test-writer.ts';
import { decodeMetrics } from './otlp-metrics.ts';
import { TelemetrySubscriptions } from './subscriptions.ts';

const CLIENT_METRICS = 16;
const MAX_BYTES = 10_000;

let now: number;
let image: MetadataImage;
let subscriptions: TelemetrySubscriptions;
let telemetry: ClientTelemetry;

beforeEach(() => {
  now = 1_000_000;
  image = new MetadataImage();
  subscriptions = new TelemetrySubscriptions(() => image);
  const { random } = nodePlatform();
  const clock = { now: () => now, monotonic: () => now, setTimer: () => ({ cancel() {} }) };
  telemetry = new ClientTelemetry({ clock, random, subscriptions, maxBytes: MAX_BYTES });
});

function configure(name: string, configs: Readonly<Record<string, string | null>>): void {
  for (const [key, value] of Object.entries(configs)) {
    image.apply({
      type: 'Config',
      resourceType: CLIENT_METRICS,
      resourceName: name,
      name: key,
      value,
    });
  }
  subscriptions.changed({ type: CLIENT_METRICS, name });
}

function contextOf(clientId: string): RequestContext {
  return {
    connectionId: '127.0.0.1:9092-127.0.0.1:5555-0',
    clientHost: '127.0.0.1',
    clientId,
    listenerName: 'PLAINTEXT',
    apiVersion: 0,
    correlationId: 1,
    state: new Map(),
    onGone: new Set(),
    pause: () => () => {},
    onReleased: null,
  };
}

const get = (context: RequestContext, clientInstanceId = ZERO_UUID) =>
  telemetry.getSubscriptions({ clientInstanceId }, context);

const push = (
  context: RequestContext,
  { clientInstanceId, subscriptionId }: { clientInstanceId: string; subscriptionId: number },
  metrics: Buffer,
  { compressionType = 0, terminating = false } = {},
) =>
  telemetry.push(
    { clientInstanceId, subscriptionId, terminating, compressionType, metrics },
    context,
  ).errorCode;

function shown(): string {
  const page = new Exposition();
  telemetry.collect(page);
  return String(page);
}

const gauge = (value: number): Point => ({ name: 'org.apache.kafka.lag', kind: 'gauge', value });

describe('client telemetry', () => {
  it('asks a client for what all subscriptions that match it want', () => {
    configure('a', { metrics: 'x.,y.', 'interval.ms': '20000', match: 'client_id=app-.*' });
    configure('b', { metrics: 'y.,z.', 'interval.ms': '10000' });
    configure('c', { metrics: '*', match: 'client_software_name=other' });
    const { requestedMetrics, pushIntervalMs } = get(contextOf('app-1'));
    expect(new Set(requestedMetrics)).toEqual(new Set(['x.', 'y.', 'z.']));
    expect(pushIntervalMs).toBe(10_000);
    expect(get(contextOf('web')).requestedMetrics).toEqual(['y.', 'z.']);
    configure('b', { metrics: null, 'interval.ms': null });
    expect(get(contextOf('web'))).toMatchObject({ requestedMetrics: [], pushIntervalMs: 300_000 });
  });

  it('holds a client to its interval, until its subscriptions change', () => {
    configure('a', { metrics: '*', 'interval.ms': '1000' });
    const context = contextOf('app');
    const first = get(context);
    expect(get(context, first.clientInstanceId).errorCode).toBe(
      errors.THROTTLING_QUOTA_EXCEEDED.code,
    );
    expect(push(context, first, encodeMetrics([gauge(1)]))).toBe(0);
    expect(push(context, first, encodeMetrics([gauge(2)]))).toBe(
      errors.THROTTLING_QUOTA_EXCEEDED.code,
    );
    now += 1000;
    expect(push(context, first, encodeMetrics([gauge(3)]))).toBe(0);
    configure('a', { 'interval.ms': '2000' });
    expect(push(context, first, encodeMetrics([gauge(4)]))).toBe(
      errors.UNKNOWN_SUBSCRIPTION_ID.code,
    );
    const second = get(context, first.clientInstanceId);
    expect(second.errorCode).toBe(0);
    expect(second.subscriptionId).not.toBe(first.subscriptionId);
    expect(shown()).toContain('client_id="app"} 3\n');
  });

  it('takes a last push, and nothing after it', () => {
    configure('a', { metrics: '*' });
    const context = contextOf('app');
    const told = get(context);
    expect(push(context, told, encodeMetrics([gauge(1)]))).toBe(0);
    expect(push(context, told, encodeMetrics([gauge(2)]), { terminating: true })).toBe(0);
    now += 10_000_000;
    expect(push(context, told, encodeMetrics([gauge(3)]))).toBe(errors.INVALID_REQUEST.code);
  });

  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)('unpacks %s', (codec) => {
    configure('a', { metrics: '*' });
    const context = contextOf('app');
    const bytes = compress(codecs[codec], encodeMetrics([gauge(42)]));
    expect(push(context, get(context), bytes, { compressionType: codecs[codec] })).toBe(0);
    expect(shown()).toMatch(/^client_org_apache_kafka_lag\{.*client_id="app"} 42$/m);
  });

  it('adds up deltas and keeps labels apart', () => {
    configure('a', { metrics: '*', 'interval.ms': '1000' });
    const context = contextOf('app');
    const told = get(context);
    for (const value of [5, 7]) {
      const delta = { name: 'sent', kind: 'delta', value } as const;
      const points = [
        { ...delta, attributes: [['node', '1']] },
        { ...delta, value: 1, attributes: [['node', '2']] },
      ] as const;
      expect(push(context, told, encodeMetrics(points))).toBe(0);
      now += 1000;
    }
    expect(shown()).toMatch(/^client_sent_total\{.*node="1"} 12$/m);
    expect(shown()).toMatch(/^client_sent_total\{.*node="2"} 2$/m);
  });

  it.each([
    ['too much', Buffer.alloc(MAX_BYTES + 1), 0, errors.TELEMETRY_TOO_LARGE.code],
    ['a bomb', compress(codecs.gzip, Buffer.alloc(10_000_000)), 1, errors.INVALID_RECORD.code],
    ['noise', Buffer.from('noise'), 0, errors.INVALID_RECORD.code],
    ['an unknown codec', Buffer.from(''), 9, errors.UNSUPPORTED_COMPRESSION_TYPE.code],
  ])('refuses %s', (_, bytes, compressionType, code) => {
    configure('a', { metrics: '*' });
    const context = contextOf('app');
    expect(push(context, get(context), bytes, { compressionType })).toBe(code);
    expect(shown()).not.toContain('client_id');
  });

  it('refuses reserved ids, and forgets a client with its connection or its silence', () => {
    const reserved = { clientInstanceId: ZERO_UUID, subscriptionId: 0 };
    expect(push(contextOf('app'), reserved, Buffer.alloc(0))).toBe(errors.INVALID_REQUEST.code);
    const context = contextOf('app');
    get(context);
    expect(shown()).toContain('kafka_server_client_metrics_instance_count 1');
    for (const gone of context.onGone) gone();
    expect(shown()).toContain('kafka_server_client_metrics_instance_count 0');
    get(contextOf('app'));
    now += 900_001;
    expect(shown()).toContain('kafka_server_client_metrics_instance_count 0');
  });
});

describe('pushed bytes', () => {
  it('are read as they were written', () => {
    const points: Point[] = [
      { name: 'a', kind: 'gauge', value: 1.5, attributes: [['k', 'v']] },
      { name: 'b', kind: 'delta', value: 2 },
      { name: 'c', kind: 'cumulative', value: 3 },
    ];
    const read = decodeMetrics(encodeMetrics(points), 10)!;
    expect(
      read.map(({ attributes, ...rest }) => ({ ...rest, attributes: [...attributes] })),
    ).toEqual(points.map(({ attributes = [], ...rest }) => ({ ...rest, attributes })));
    expect(decodeMetrics(encodeMetrics(points), 2)).toHaveLength(2);
  });

  it('never crash the reader', () => {
    const sound = encodeMetrics([gauge(1), { ...gauge(2), attributes: [['a', 'b']] }]);
    fc.assert(
      fc.property(fc.nat(sound.length - 1), fc.nat(255), (at, byte) => {
        const bytes = Buffer.from(sound);
        bytes[at] = byte;
        decodeMetrics(bytes, 100);
        decodeMetrics(bytes.subarray(0, at), 100);
      }),
    );
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void decodeMetrics(Buffer.from(bytes), 100)));
  });
});
