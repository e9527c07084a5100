import { describe, expect, it } from 'vitest';
import { createClient } from '../client.ts';
import { ScriptedBroker } from '../testing/scripted-broker.ts';
import type { OAuthBearerToken, SaslOptions } from './sasl-options.ts';

const UNSUPPORTED_SASL_MECHANISM = 33;
const SASL_AUTHENTICATION_FAILED = 58;
const plain: SaslOptions = { mechanism: 'PLAIN', username: 'u', password: 'right' };
const wrong: SaslOptions = { ...plain, password: 'wrong' };

/** A broker that knows one password, and lets sessions last as long as it says. */
function setUp(sasl: SaslOptions = plain) {
  const broker = new ScriptedBroker();
  const server = { sessionMs: 0, secret: '\0u\0right', heard: [] as string[] };
  broker.on('SaslHandshake', ({ mechanism }) => ({
    errorCode: mechanism === 'SCRAM-SHA-256' ? UNSUPPORTED_SASL_MECHANISM : 0,
    mechanisms: ['PLAIN', 'OAUTHBEARER'],
  }));
  broker.on('SaslAuthenticate', ({ authBytes }) => {
    server.heard.push(authBytes.toString());
    const known = authBytes.toString().startsWith(server.secret);
    return {
      errorCode: known ? 0 : SASL_AUTHENTICATION_FAILED,
      errorMessage: known ? null : 'Authentication failed: nobody with this password',
      authBytes: Buffer.alloc(0),
      sessionLifetimeMs: server.sessionMs,
    };
  });
  const options = { bootstrapServers: 'broker:9092', platform: broker.platform, sasl, logger: {} };
  const client = createClient(options);
  const admin = client.admin();
  const list = () => broker.clock.settle(admin.listTopics());
  return { broker, server, clock: broker.clock, client, admin, list };
}

const names = (broker: ScriptedBroker) => broker.requests.map(({ name }) => name);

describe('authentication', () => {
  it('comes before everything but the versions', async () => {
    const { broker, server, list } = setUp();
    await list();
    expect(names(broker)).toEqual(['ApiVersions', 'SaslHandshake', 'SaslAuthenticate', 'Metadata']);
    expect(server.heard).toEqual(['\0u\0right']);
  });

  it("fails at once, with the broker's sentence, for a wrong password", async () => {
    const { broker, clock, list } = setUp(wrong);
    await expect(list()).rejects.toMatchObject({
      code: 'SASL_AUTHENTICATION_FAILED',
      retriable: false,
      message: expect.stringContaining(
        'broker:9092: Authentication failed: nobody with this password',
      ),
    });
    expect(clock.monotonic()).toBe(0);
    expect(names(broker)).not.toContain('Metadata');
    expect(broker.openConnections).toBe(0);
  });

  it('names the mechanisms that the broker offers', async () => {
    const { list } = setUp({ mechanism: 'SCRAM-SHA-256', username: 'u', password: 'p' });
    await expect(list()).rejects.toMatchObject({
      code: 'UNSUPPORTED_SASL_MECHANISM',
      retriable: false,
      message: expect.stringContaining('PLAIN, OAUTHBEARER'),
    });
  });

  it('fails a producer and a consumer as it fails an admin', async () => {
    const { client, clock } = setUp(wrong);
    const failed = { code: 'SASL_AUTHENTICATION_FAILED' };
    const sent = client.producer().send({ topic: 't', value: 'v' });
    await expect(clock.settle(sent)).rejects.toMatchObject(failed);
    const consumer = client.consumer();
    consumer.assign([{ topic: 't', partition: 0 }]);
    const next = consumer.messages().next();
    await expect(clock.settle(next)).rejects.toMatchObject(failed);
  });

  it('is hinted at where a broker hangs up on everything but the versions', async () => {
    const broker = new ScriptedBroker().on('Metadata', () => 'close');
    const client = createClient({
      bootstrapServers: 'broker:9092',
      platform: broker.platform,
      apiTimeoutMs: 1000,
    });
    await expect(broker.clock.settle(client.admin().listTopics())).rejects.toMatchObject({
      code: 'NETWORK_EXCEPTION',
      retriable: true,
      message: expect.stringContaining('pass `sasl`'),
    });
  });

  it('sends no token that would be read as something else', async () => {
    const { broker, list } = setUp({
      mechanism: 'OAUTHBEARER',
      token: () => ({ value: 'no token, but words' }),
    });
    await expect(list()).rejects.toMatchObject({ code: 'SASL_AUTHENTICATION_FAILED' });
    expect(names(broker)).toEqual(['ApiVersions', 'SaslHandshake']);
  });
});

describe('a session that ends', () => {
  /** Connected to the broker that metadata tells of; the one to the bootstrap server is not used any more. */
  async function session() {
    const set = setUp();
    set.server.sessionMs = 10_000;
    await set.list();
    await set.list();
    set.broker.requests.length = 0;
    return set;
  }

  it('is prolonged by the first request after most of its time', async () => {
    const { broker, clock, list } = await session();
    clock.advance(8400);
    await list();
    expect(names(broker)).toEqual(['Metadata']);
    clock.advance(1100);
    await list();
    expect(names(broker).slice(1)).toEqual(['SaslHandshake', 'SaslAuthenticate', 'Metadata']);
    expect(broker.connections).toBe(2);
  });

  it('lets nothing overtake the authentication', async () => {
    const { broker, clock, admin, list } = await session();
    clock.advance(9600);
    await clock.settle(Promise.all([admin.listTopics(), admin.listTopics(), list()]));
    expect(names(broker).slice(0, 3)).toEqual(['SaslHandshake', 'SaslAuthenticate', 'Metadata']);
    expect(names(broker).filter((name) => name === 'SaslHandshake')).toHaveLength(1);
  });

  it('ends the connection when the password does not hold any more', async () => {
    const { broker, server, clock, list } = await session();
    clock.advance(9600);
    server.secret = 'another';
    await expect(list()).rejects.toMatchObject({ code: 'SASL_AUTHENTICATION_FAILED' });
    expect(broker.openConnections).toBe(1);
    server.secret = '\0u\0right';
    await list();
    expect(broker.openConnections).toBe(1);
  });
});

describe('tokens', () => {
  function tokens(give: (call: number, now: number) => OAuthBearerToken) {
    let calls = 0;
    const set = setUp({
      mechanism: 'OAUTHBEARER',
      token: async () => give(++calls, set.clock.now()),
    });
    set.server.secret = 'n,,\u0001auth=Bearer ';
    set.server.sessionMs = 1000;
    return { ...set, calls: () => calls };
  }

  it('serve for most of their time, and are asked for again then', async () => {
    const { server, clock, list, calls } = tokens((call, now) => ({
      value: `t${call}`,
      lifetimeMs: now + 10_000,
    }));
    for (let turn = 0; turn < 7; turn++) {
      await list();
      clock.advance(1000);
    }
    expect([calls(), server.heard.length]).toEqual([1, 7]);
    clock.advance(1000);
    await list();
    expect(calls()).toBe(2);
    expect(server.heard.at(-1)).toContain('Bearer t2\u0001');
  });

  it('are asked for each time where nobody says how long they are good for', async () => {
    const { clock, list, calls } = tokens(() => ({ value: 't' }));
    await list();
    clock.advance(1000);
    await list();
    expect(calls()).toBe(2);
  });

  it('are asked for again after a failure', async () => {
    const { clock, list, calls } = tokens((call) => {
      if (call < 3) throw new Error('the identity provider is away');
      return { value: 't' };
    });
    await list();
    expect(calls()).toBe(3);
    expect(clock.monotonic()).toBeGreaterThan(0);
  });

  it('are missed in one sentence', async () => {
    const { list } = tokens(() => ({}) as OAuthBearerToken);
    await expect(list()).rejects.toMatchObject({
      code: 'TOKEN_UNAVAILABLE',
      retriable: true,
      message: expect.stringContaining('it gave no `value`'),
    });
  });
});

describe('`sasl`', () => {
  it.each([
    { mechanism: 'GSSAPI', username: 'u', password: 'p' },
    { mechanism: 'PLAIN', username: 'u' },
    { mechanism: 'OAUTHBEARER', username: 'u', password: 'p' },
  ])('is not %j', (sasl) => {
    expect(() => setUp(sasl as SaslOptions)).toThrow(/sasl/);
  });
});
