import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createClient } from '../client.ts';
import { ShareScript } from '../share-consumer/scripted-share.test-broker.ts';
import { setUp } from '../testing/consumed-broker.ts';
import { ScriptedBroker } from '../testing/scripted-broker.ts';
import { type ClientEvents, requestChannel } from './channels.ts';
import { clientMetrics } from './client-metrics.ts';
import type { LogDetails } from './logger.ts';

const stops: (() => void)[] = [];

/** All events of a channel until the test is over. */
function eventsOf<Name extends keyof ClientEvents>(name: Name): ClientEvents[Name][] {
  const events: ClientEvents[Name][] = [];
  const listener = (event: unknown): void => void events.push(event as ClientEvents[Name]);
  subscribe(name, listener);
  stops.push(() => unsubscribe(name, listener));
  return events;
}

afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

function produced(errorCode = 0) {
  const broker = new ScriptedBroker();
  broker.topics.push({ name: 't', partitions: 1 });
  broker.on('InitProducerId', () => ({ errorCode: 0, producerId: 5, producerEpoch: 0 }));
  broker.on('Produce', ({ topicData }) => ({
    responses: topicData.map(({ name, topicId }) => ({
      name,
      topicId,
      partitionResponses: [{ index: 0, errorCode, baseOffset: errorCode === 0 ? 40 : -1 }],
    })),
  }));
  const client = createClient({
    bootstrapServers: 'broker:9092',
    platform: broker.platform,
    clientId: 'me',
    logger: {},
  });
  const producer = client.producer();
  return { broker, clock: broker.clock, client, producer };
}

describe('what the channels tell', () => {
  it('of connections and requests', async () => {
    const connections = eventsOf('tidelog:client:connection');
    const requests = eventsOf('tidelog:client:request');
    const { broker, clock, client } = produced();
    await clock.settle(client.admin().listTopics());
    const place = { clientId: 'me', broker: 'broker:9092' };
    expect(connections).toEqual([{ ...place, state: 'connected', durationMs: 0, error: null }]);
    expect(requests).toMatchObject([
      { ...place, api: 'ApiVersions', version: 4, error: null },
      { ...place, api: 'Metadata', version: 13, error: null },
    ]);
    expect(requests[1]!.responseBytes).toBeGreaterThan(40);
    broker.closeConnections();
    broker.refusesConnections = true;
    await expect(clock.settle(client.admin().listTopics({ timeoutMs: 50 }))).rejects.toThrow(/./);
    expect(connections.slice(1, 3)).toMatchObject([
      { state: 'closed', error: expect.any(Error) },
      { state: 'failed', error: { code: 'NETWORK_EXCEPTION' } },
    ]);
  });

  it('of the requests of one client, to whoever observes it', async () => {
    const broker = new ScriptedBroker();
    const seen: unknown[] = [];
    const client = createClient({
      bootstrapServers: 'broker:9092',
      platform: broker.platform,
      requestObserver: {
        sent: ({ api, node, correlationId }) => seen.push(['sent', api, node, correlationId]),
        ended: ({ api, apiKey, errorCode }) => seen.push(['ended', api, apiKey, errorCode]),
      },
    });
    await broker.clock.settle(client.admin().listTopics());
    expect(seen).toEqual([
      ['sent', 'ApiVersions', -1, 0],
      ['ended', 'ApiVersions', 18, 0],
      ['sent', 'Metadata', -1, 1],
      ['ended', 'Metadata', 3, 0],
    ]);
  });

  it('of requests without a response', async () => {
    const requests = eventsOf('tidelog:client:request');
    const { broker, clock, client } = produced();
    broker.on('Metadata', () => 'close');
    await expect(clock.settle(client.admin().listTopics({ timeoutMs: 50 }))).rejects.toThrow(/./);
    expect(requests[1]).toMatchObject({
      api: 'Metadata',
      responseBytes: 0,
      error: { failure: 'closed' },
    });
  });

  it('of batches that are written, and of those that are not', async () => {
    const events = eventsOf('tidelog:client:produce');
    const { clock, producer } = produced();
    await clock.settle(
      Promise.all(['a', 'b'].map((value) => producer.send({ topic: 't', value }))),
    );
    expect(events).toEqual([
      {
        clientId: 'me',
        topic: 't',
        partition: 0,
        records: 2,
        sizeBytes: expect.any(Number),
        offset: 40,
        durationMs: 5,
        attempts: 1,
        error: null,
      },
    ]);
    const refused = produced(87); // INVALID_RECORD
    const sent = refused.producer.send({ topic: 't', value: 'v' });
    await expect(refused.clock.settle(sent)).rejects.toThrow(/./);
    expect(events[1]).toMatchObject({ offset: -1, records: 1, error: { code: 'INVALID_RECORD' } });
  });

  it('of what is consumed, and by whom', async () => {
    const fetched = eventsOf('tidelog:client:consume');
    const changes = eventsOf('tidelog:client:rebalance');
    const { clock, consumer, append } = setUp({ groupId: 'g' });
    append(1, 'a', 'b', 'c');
    consumer.subscribe('t');
    await clock.settle(consumer.messages().next());
    const both = [0, 1].map((partition) => ({ topic: 't', partition }));
    const place = { clientId: 'tidelog', groupId: 'g' };
    expect(changes).toEqual([{ ...place, change: 'assigned', partitions: both }]);
    expect(fetched).toEqual([
      {
        ...place,
        topic: 't',
        partition: 1,
        offset: 0,
        nextOffset: 3,
        records: 3,
        sizeBytes: expect.any(Number),
        highWatermark: 3,
      },
    ]);
    await clock.settle(consumer.close());
  });

  it('of what a member of a share group acquires and acknowledges', async () => {
    const acquired = eventsOf('tidelog:client:consume');
    const acknowledged = eventsOf('tidelog:client:acknowledge');
    const changes = eventsOf('tidelog:client:rebalance');
    const script = new ShareScript();
    script.deliveries.push({ firstOffset: 5, values: ['a', 'b', 'c'], acquired: [[6, 7]] });
    const consumer = script.consumer();
    const messages = consumer.messages();
    await script.clock.settle(messages.next());
    await script.clock.settle(consumer.commit());
    const group = { clientId: 'tidelog', groupId: 'g' };
    const place = { ...group, topic: 't', partition: 0 };
    expect(changes).toEqual([
      { ...group, change: 'assigned', partitions: [{ topic: 't', partition: 0 }] },
    ]);
    expect(acquired).toEqual([
      {
        ...place,
        offset: 6,
        nextOffset: 8,
        records: 2,
        sizeBytes: expect.any(Number),
        highWatermark: -1,
      },
    ]);
    expect(acknowledged).toEqual([{ ...place, records: 1, error: null }]);
    script.assignment = [1];
    script.clock.advance(5000);
    await script.clock.until(() => changes.length === 3);
    expect(changes.slice(1)).toMatchObject([{ change: 'revoked' }, { change: 'assigned' }]);
    script.heartbeatErrors = [25]; // UNKNOWN_MEMBER_ID
    script.clock.advance(5000);
    await script.clock.until(() => changes.length === 5);
    expect(changes.slice(3)).toMatchObject([{ change: 'lost' }, { change: 'assigned' }]);
    await script.clock.settle(consumer.close());
  });

  it('is nothing where nobody listens', async () => {
    const publish = vi.spyOn(requestChannel, 'publish');
    stops.push(() => publish.mockRestore());
    const { clock, client } = produced();
    await clock.settle(client.admin().listTopics());
    expect(publish).not.toHaveBeenCalled();
  });
});

describe('clientMetrics', () => {
  it('counts and times by the conventions, until it is stopped', async () => {
    const recorded: [string, number, Record<string, unknown>][] = [];
    const instrument = (name: string) => {
      const record = (value: number, attributes: Record<string, unknown>): void =>
        void recorded.push([name, value, attributes]);
      return { add: record, record };
    };
    const stop = clientMetrics({ createCounter: instrument, createHistogram: instrument });
    const { clock, producer } = produced();
    await clock.settle(producer.send({ topic: 't', value: 'v' }));
    const attributes = {
      'messaging.system': 'kafka',
      'messaging.operation.type': 'send',
      'messaging.operation.name': 'send',
      'messaging.destination.name': 't',
      'messaging.destination.partition.id': '0',
    };
    expect(recorded).toEqual([
      ['messaging.client.sent.messages', 1, attributes],
      ['messaging.client.operation.duration', 0.005, attributes],
    ]);
    stop();
    await clock.settle(producer.send({ topic: 't', value: 'v' }));
    expect(recorded).toHaveLength(2);
  });
});

describe('the logger', () => {
  async function outage(logger: object | undefined): Promise<void> {
    const broker = new ScriptedBroker();
    const client = createClient({
      bootstrapServers: 'broker:9092',
      platform: broker.platform,
      ...(logger === undefined ? {} : { logger }),
    });
    broker.refusesConnections = true;
    const listed = client.admin().listTopics();
    await broker.clock.until(() => broker.addresses.length > 3);
    broker.refusesConnections = false;
    await broker.clock.settle(listed);
  }

  it('hears once that a broker is away, and that it is back', async () => {
    const heard: [string, string, LogDetails | undefined][] = [];
    const level = (name: string) => (message: string, details?: LogDetails) =>
      void heard.push([name, message, details]);
    await outage({ info: level('info'), warn: level('warn'), error: level('error') });
    expect(heard).toEqual([
      ['warn', expect.stringContaining('no connection to broker:9092'), undefined],
      ['info', 'connected to broker:9092', { failures: expect.any(Number) }],
    ]);
  });

  it('is the console for warnings when there is none, and nobody with {}', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    stops.push(() => warn.mockRestore());
    await outage({});
    expect(warn).not.toHaveBeenCalled();
    await outage(undefined);
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/^tidelog: no connection to broker/)]]);
  });
});
