import { describe, expect, it } from 'vitest';
import { createClient } from '../client.ts';
import type { ClientOptions } from '../client-options.ts';
import { ScriptedBroker } from '../testing/scripted-broker.ts';

function setUp(options: Partial<ClientOptions> = {}) {
  const broker = new ScriptedBroker();
  broker.topics.push({ name: 't', partitions: 1 });
  const client = createClient({
    bootstrapServers: 'one:1,two:2',
    platform: broker.platform,
    apiTimeoutMs: 5000,
    logger: {},
    ...options,
  });
  return { broker, clock: broker.clock, client, admin: client.admin() };
}

describe('calls to a cluster', () => {
  it('go on when the connection breaks', async () => {
    const { broker, clock, admin } = setUp();
    expect(await clock.settle(admin.listTopics())).toHaveLength(1);
    broker.closeConnections();
    expect(await clock.settle(admin.listTopics())).toHaveLength(1);
    expect(broker.connections).toBeGreaterThan(1);
  });

  it('find the cluster again through the bootstrap servers when all known brokers are gone', async () => {
    const { broker, clock, admin } = setUp();
    await clock.settle(admin.listTopics());
    broker.refusesConnections = true;
    broker.closeConnections();
    const listed = admin.listTopics();
    await clock.until(() => clock.monotonic() > 1000);
    broker.refusesConnections = false;
    expect(await clock.settle(listed)).toHaveLength(1);
  });

  it('fail in one sentence when nobody answers in time', async () => {
    const { broker, clock, admin } = setUp();
    broker.refusesConnections = true;
    await expect(clock.settle(admin.listTopics())).rejects.toMatchObject({
      code: 'NETWORK_EXCEPTION',
      retriable: true,
      message: expect.stringContaining('check that a broker listens there'),
    });
    expect(clock.monotonic()).toBeGreaterThan(3000);
    expect(clock.monotonic()).toBeLessThan(8000);
  });

  it('end at once with their signal', async () => {
    const { broker, clock, admin } = setUp();
    broker.refusesConnections = true;
    const stop = new AbortController();
    const listed = admin.listTopics({ signal: stop.signal });
    stop.abort();
    await expect(clock.settle(listed)).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('do not wait long for a topic that does not exist', async () => {
    const { broker, clock, admin } = setUp();
    broker.maxVersions.set('DescribeTopicPartitions', -1);
    await expect(clock.settle(admin.describeTopics(['nope']))).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    });
    expect(clock.monotonic()).toBeLessThan(1000);
  });

  it('ask for both ends of a partition in requests of their own, and answer in order', async () => {
    const { broker, clock, admin } = setUp();
    broker.on('ListOffsets', ({ topics }) => ({
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, timestamp }) => ({
          partitionIndex,
          errorCode: 0,
          offset: timestamp === -1 ? 9 : 4,
        })),
      })),
    }));
    const place = { topic: 't', partition: 0 };
    const queries = [
      { ...place, spec: 'latest' as const },
      { ...place, spec: 'earliest' as const },
    ];
    const found = await clock.settle(admin.listOffsets(queries));
    expect(found.map(({ offset }) => offset)).toEqual([9, 4]);
    expect(broker.of('ListOffsets')).toHaveLength(2);
  });

  it('go to the controller, and look for it again when it has moved', async () => {
    const { broker, clock, admin } = setUp();
    let refusals = 2;
    broker.on('DeleteTopics', ({ topics }) => ({
      responses: topics.map(({ name }) => ({ name, errorCode: refusals-- > 0 ? 41 : 0 })),
    }));
    await clock.settle(admin.deleteTopics(['t']));
    expect(broker.of('DeleteTopics')).toHaveLength(3);
    expect(broker.of('Metadata').length).toBeGreaterThanOrEqual(3);
  });

  it('say that a broker is too old', async () => {
    const { broker, clock, admin } = setUp();
    broker.maxVersions.set('Metadata', -1);
    await expect(clock.settle(admin.listTopics())).rejects.toMatchObject({
      code: 'UNSUPPORTED_VERSION',
    });
  });

  it.each(['', 'host', 'host:port', 'host:70000'])('need addresses, not %j', (bootstrapServers) => {
    expect(() => createClient({ bootstrapServers })).toThrow(/bootstrap/);
  });
});

describe('the way back to a cluster', () => {
  const REBOOTSTRAP_REQUIRED = 129;
  const isBootstrap = ({ host }: { host: string }): boolean => host !== 'broker';

  it('begins anew with the bootstrap servers where a broker says so', async () => {
    const { broker, clock, admin } = setUp();
    await clock.settle(admin.listTopics());
    await clock.settle(admin.listTopics());
    broker.addresses.length = 0;
    broker.metadataError = REBOOTSTRAP_REQUIRED;
    broker.closeConnections();
    const listed = admin.listTopics();
    await clock.until(() => broker.addresses.some(isBootstrap));
    broker.metadataError = 0;
    expect(await clock.settle(listed)).toHaveLength(1);
  });

  it('begins anew when metadata has failed for long, though brokers answer', async () => {
    const { broker, clock, admin } = setUp({
      metadataRecoveryRebootstrapTriggerMs: 2000,
      apiTimeoutMs: 10_000, // time for another attempt: a bootstrap server may refuse the first, too
    });
    await clock.settle(admin.listTopics());
    await clock.settle(admin.listTopics());
    broker.addresses.length = 0;
    broker.metadataError = 41; // NOT_CONTROLLER, retriable
    const listed = admin.listTopics();
    await clock.until(() => clock.monotonic() > 1500);
    expect(broker.addresses).toEqual([]);
    broker.closeConnections();
    await clock.until(() => broker.addresses.some(isBootstrap));
    expect(clock.monotonic()).toBeGreaterThan(2000);
    broker.metadataError = 0;
    expect(await clock.settle(listed)).toHaveLength(1);
  });

  it('tries the brokers that it knows, and no others, where that is asked for', async () => {
    const { broker, clock, admin } = setUp({ metadataRecoveryStrategy: 'none' });
    await clock.settle(admin.listTopics());
    broker.addresses.length = 0;
    broker.refusesConnections = true;
    broker.closeConnections();
    const listed = admin.listTopics();
    await clock.until(() => broker.addresses.length > 4);
    expect(broker.addresses.filter(isBootstrap)).toEqual([]);
    broker.refusesConnections = false;
    expect(await clock.settle(listed)).toHaveLength(1);
  });

  it('gives connections longer with each failure, and pauses longer', async () => {
    const { broker, clock, admin } = setUp({
      bootstrapServers: 'one:1',
      connectTimeoutMs: 100,
      connectTimeoutMaxMs: 400,
    });
    broker.refusesConnections = true;
    await expect(clock.settle(admin.listTopics())).rejects.toThrow(/no connection/);
    const timeouts = broker.connectTimeouts;
    for (const [i, about] of [100, 200, 400, 400].entries()) {
      expect(timeouts[i]).toBeGreaterThanOrEqual(about * 0.8);
      expect(timeouts[i]).toBeLessThanOrEqual(about * 1.2);
    }
    expect(timeouts.length).toBeLessThan(12);
  });

  it('is not taken again for a connection that was idle, until there is something to send', async () => {
    const { broker, clock, admin } = setUp({ connectionsMaxIdleMs: 1000 });
    await clock.settle(admin.listTopics());
    clock.advance(1001);
    expect(broker.openConnections).toBe(0);
    expect(await clock.settle(admin.listTopics())).toHaveLength(1);
  });

  it('has a strategy that is known', () => {
    expect(() => setUp({ metadataRecoveryStrategy: 'hope' as 'none' })).toThrow(/Strategy/);
  });
});
