import { describe, expect, it } from 'vitest';
import { createClient } from '../client.ts';
import { answer, setUp as setUpProducer } from '../producer/producer.test-setup.ts';
import { setUp as setUpConsumer } from '../testing/consumed-broker.ts';
import { ScriptedBroker } from '../testing/scripted-broker.ts';

const HOUR_MS = 3_600_000;
const UNKNOWN_MEMBER_ID = 25;

function setUp(throttleTimeMs: number) {
  const broker = new ScriptedBroker();
  const metadata = { brokers: [{ nodeId: 1, host: 'broker', port: 9092 }], topics: [] };
  broker.on('Metadata', () => ({
    ...metadata,
    throttleTimeMs,
    clusterId: null,
    controllerId: 1,
  }));
  const client = createClient({
    bootstrapServers: 'broker:9092',
    platform: broker.platform,
    logger: {},
  });
  return { broker, clock: broker.clock, client, admin: client.admin() };
}

describe('a broker that asks for a pause', () => {
  it('hears nothing more on that connection until it is over', async () => {
    const { broker, clock, admin } = setUp(700);
    for (let times = 0; times < 4; times++) await clock.settle(admin.listTopics());
    // The first one goes to the bootstrap server, which has a connection of its own.
    expect(broker.timesOf('Metadata')).toEqual([0, 0, 700, 1400]);
    expect(broker.connections).toBe(2);
  });

  it('is obeyed by a producer, whose records wait', async () => {
    const { broker, clock, send, seen } = setUpProducer();
    broker.on('Produce', (request) => ({ ...answer(request, {}), throttleTimeMs: 400 }));
    await clock.settle(send('a'));
    const [first] = broker.timesOf('Produce');
    await clock.settle(Promise.all([send('b'), send('c', 1)]));
    expect(broker.timesOf('Produce')).toEqual([first, first! + 400]);
    expect(seen()).toHaveLength(3);
  });

  it('leaves records that wait for too long to their delivery timeout', async () => {
    const { broker, clock, send } = setUpProducer({ lingerMs: 0 });
    let throttleTimeMs = HOUR_MS;
    broker.on('Produce', (request) => ({ ...answer(request, {}), throttleTimeMs }));
    await clock.settle(send('warm').finally(() => (throttleTimeMs = 0)));
    const outcome = send('late').catch((error) => error.code);
    expect(await clock.settle(outcome)).toBe('DELIVERY_TIMEOUT');
    expect(clock.monotonic()).toBeLessThan(HOUR_MS);
  });

  it('does not keep a call waiting for longer than its request may', async () => {
    const { clock, admin } = setUp(HOUR_MS);
    await clock.settle(admin.listTopics());
    await clock.settle(admin.listTopics()); // on the connection to the broker itself
    const before = clock.monotonic();
    await expect(clock.settle(admin.listTopics({ timeoutMs: 1000 }))).rejects.toMatchObject({
      code: 'REQUEST_TIMED_OUT',
      retriable: true,
      message: expect.stringContaining('quotas'),
    });
    expect(clock.monotonic() - before).toBeLessThanOrEqual(60_000);
  });

  it('does not hold up the end of a client', async () => {
    const { clock, client, admin } = setUp(HOUR_MS);
    await clock.settle(admin.listTopics());
    await clock.settle(admin.listTopics());
    const waiting = admin.listTopics().catch((error) => error.code);
    await client.close();
    expect(await waiting).toBe('CLIENT_CLOSED');
  });

  it('is left by a consumer after a short while', async () => {
    const { broker, clock, consumer, append } = setUpConsumer({ groupId: 'g' });
    append(0, 'a');
    consumer.subscribe('t');
    broker.on('Heartbeat', () => ({ errorCode: 0, throttleTimeMs: HOUR_MS }));
    await clock.settle(consumer.messages().next());
    await clock.until(() => broker.of('Heartbeat').length === 1);
    const before = clock.monotonic();
    await clock.settle(consumer.close());
    expect(clock.monotonic() - before).toBeLessThan(34_000); // the last commit, and the farewell;
    expect(broker.of('LeaveGroup')).toEqual([]);
  });

  it('has a consumer that fetches no sooner, and leaves at once all the same', async () => {
    const { broker, clock, consumer, append } = setUpConsumer({ groupId: 'g' });
    broker.on('Fetch', () => ({ responses: [], throttleTimeMs: 2000 }));
    append(0, 'a');
    consumer.subscribe('t');
    const next = consumer.messages().next();
    await clock.until(() => broker.timesOf('Fetch').length === 3);
    const [first, second, third] = broker.timesOf('Fetch');
    expect([second! - first!, third! - second!]).toEqual([2000, 2000]);
    const before = clock.monotonic();
    await clock.settle(consumer.close());
    expect(clock.monotonic() - before).toBeLessThan(2000);
    expect(await next).toMatchObject({ done: true });
  });

  it('may say in the same answer that the member is gone, which is heard at once', async () => {
    const { broker, clock, consumer, append } = setUpConsumer({ groupId: 'g' });
    append(0, 'a', 'b');
    consumer.subscribe('t');
    let errorCode = UNKNOWN_MEMBER_ID;
    broker.on('Heartbeat', () => ({ errorCode, throttleTimeMs: errorCode === 0 ? 0 : 500 }));
    const messages = consumer.messages();
    await clock.settle(messages.next());
    await clock.until(() => broker.of('Heartbeat').length === 1);
    errorCode = 0;
    const [lost] = broker.timesOf('Heartbeat');
    const joins = broker.of('JoinGroup').length;
    await clock.settle(messages.next());
    expect(broker.timesOf('JoinGroup')[joins]).toBe(lost! + 500);
    await clock.settle(consumer.close());
  });
});
