/** TLS and SASL of our client, each as a whole trip: a topic, a record sent, the record read back. */
import assert from 'node:assert/strict';
import { createClient } from '@tidelog/client';
import { nodePlatform } from '@tidelog/platform';

/**
 * @typedef {object} Places
 * @property {number} port of the PLAINTEXT listener
 * @property {Record<string, number>} ports of the others
 * @property {string} prefix starts every name that a check creates
 * @property {{ authority: string, stranger: string, user: { cert: string, key: string } }} certificates
 */
/** @typedef {{ check(name: string, body: () => Promise<void>): Promise<unknown> }} Checks */
/** @typedef {import('@tidelog/client').ClientOptions} Options */
/** @typedef {import('@tidelog/client').SaslOptions} Sasl */

const password = "alice's secret";
/** @type {Sasl[]} */
const alice = [
  { mechanism: 'PLAIN', username: 'alice', password },
  { mechanism: 'SCRAM-SHA-256', username: 'alice', password },
  { mechanism: 'SCRAM-SHA-512', username: 'alice', password },
  { mechanism: 'OAUTHBEARER', token: () => ({ value: unsecuredToken('alice', 3600) }) },
];

/** @param {Checks} checks @param {Places} places */
export async function securityChecks(checks, places) {
  await tlsChecks(checks, places);
  await saslChecks(checks, places);
  await refusalChecks(checks, places);
}

/** A token as Apache Kafka's development validator takes it. */
function unsecuredToken(/** @type {string} */ sub, /** @type {number} */ lifetimeS) {
  const now = Date.now() / 1000;
  const encode = (/** @type {object} */ part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode({ alg: 'none' })}.${encode({ sub, iat: now - 60, exp: now + lifetimeS })}.`;
}

/** @param {Places} places @param {string} listener @param {Partial<Options>} options */
function clientOf({ port, ports }, listener, options) {
  const bootstrapServers = `127.0.0.1:${ports[listener] ?? port}`;
  return createClient({ bootstrapServers, apiTimeoutMs: 3000, ...options });
}

let topics = 0;

/** @param {Places} places @param {string} listener @param {Partial<Options>} options */
async function roundTrip(places, listener, options) {
  const client = clientOf(places, listener, options);
  try {
    const topic = `${places.prefix}-security-${topics++}`;
    await client.admin().createTopics([{ topic, partitions: 1 }]);
    await client.producer().send({ topic, key: 'k', value: listener });
    const consumer = client.consumer();
    consumer.assign([{ topic, partition: 0, offset: 'earliest' }]);
    const { value: message } = await consumer.messages().next();
    assert.equal(message?.value?.toString(), listener);
  } finally {
    await client.close();
  }
}

/**
 * @param {Places} places
 * @param {{ listener: string, options: Partial<Options>, code: string, says: RegExp }} expected
 */
async function refused(places, { listener, options, code, says }) {
  const client = clientOf(places, listener, options);
  try {
    await client.admin().listTopics();
  } catch (/** @type {any} */ error) {
    assert.deepEqual([error.code, says.test(error.message)], [code, true], error.message);
    return;
  } finally {
    await client.close();
  }
  throw new Error(`expected ${code}, but nothing failed`);
}

/** @param {Checks} checks @param {Places} places */
async function tlsChecks(checks, places) {
  const { authority, stranger, user } = places.certificates;
  const mutual = { ca: authority, cert: user.cert, key: user.key };
  await checks.check('tls: both sides show a certificate', () =>
    roundTrip(places, 'SSL', { ssl: mutual }),
  );
  await checks.check('tls: the certificate of another name is asked for and found', () =>
    roundTrip(places, 'SSL', { ssl: { ...mutual, servername: 'broker.test' } }),
  );
  await checks.check('tls: whoever answers is trusted where that is asked for', () =>
    roundTrip(places, 'SSL', { ssl: { ...mutual, ca: stranger, rejectUnauthorized: false } }),
  );
  const code = 'SSL_AUTHENTICATION_FAILED';
  /** @type {[string, import('@tidelog/client').TlsOptions, RegExp][]} */
  const refusals = [
    ['an authority that is not trusted', { ...mutual, ca: stranger }, /ssl\.ca/],
    ['a certificate for other hosts', { ...mutual, servername: 'x.test' }, /ssl\.servername/],
    ['a client without a certificate', { ca: authority }, /ssl\.cert/],
  ];
  for (const [name, ssl, says] of refusals) {
    await checks.check(`tls: refused for ${name}`, () =>
      refused(places, { listener: 'SSL', options: { ssl }, code, says }),
    );
  }
}

/** @param {Checks} checks @param {Places} places */
async function saslChecks(checks, places) {
  const ssl = { ca: places.certificates.authority };
  for (const sasl of alice) {
    const { mechanism } = sasl;
    await checks.check(`sasl: ${mechanism}`, () => roundTrip(places, 'SASL_PLAINTEXT', { sasl }));
    if (mechanism === 'SCRAM-SHA-256') continue; // not offered there
    await checks.check(`sasl: ${mechanism} over TLS`, () =>
      roundTrip(places, 'SASL_SSL', { sasl, ssl }),
    );
  }
  await checks.check('sasl: sessions of two seconds are prolonged, not broken', () =>
    sessions(places, { sasl: alice[0], ssl }),
  );
}

/** @param {Places} places @param {Partial<Options>} options */
async function sessions(places, options) {
  const { clock, random, network } = nodePlatform();
  let connections = 0;
  /** @type {import('@tidelog/platform').Network} */
  const counting = {
    listen: (address, accept) => network.listen(address, accept),
    connect: (address, how) => {
      connections++;
      return network.connect(address, how);
    },
  };
  const platform = { clock, random, network: counting };
  const client = clientOf(places, 'SASL_SSL', { ...options, platform });
  const topic = `${places.prefix}-security-sessions`;
  await client.admin().createTopics([{ topic, partitions: 1 }]);
  const producer = client.producer({ lingerMs: 0 });
  await producer.send({ topic, value: 'first' });
  const before = connections;
  for (const end = Date.now() + 5500; Date.now() < end; )
    await producer.send({ topic, value: 'x' });
  assert.equal(connections, before);
  await client.close();
}

/** @param {Checks} checks @param {Places} places */
async function refusalChecks(checks, places) {
  const ssl = { ca: places.certificates.authority };
  const listener = 'SASL_PLAINTEXT';
  const code = 'SASL_AUTHENTICATION_FAILED';
  for (const { mechanism } of alice.slice(0, 3)) {
    for (const username of ['alice', 'nobody']) {
      const sasl = /** @type {Sasl} */ ({ mechanism, username, password: 'wrong' });
      await checks.check(`sasl: ${mechanism} refuses ${username} with a wrong password`, () =>
        refused(places, { listener, options: { sasl }, code, says: /authentication failed/i }),
      );
    }
  }
  for (const [what, value] of [
    ['has expired', unsecuredToken('alice', -30)],
    ['is none', 'nonsense'],
  ]) {
    /** @type {Sasl} */
    const sasl = {
      mechanism: 'OAUTHBEARER',
      token: () => ({ value: /** @type {string} */ (value) }),
    };
    await checks.check(`sasl: OAUTHBEARER refuses a token that ${what}`, () =>
      refused(places, { listener, options: { sasl }, code, says: /invalid_token|token/i }),
    );
  }
  /** @type {[string, Parameters<typeof refused>[1]][]} */
  const mismatches = [
    [
      'a mechanism that is not offered',
      {
        listener: 'SASL_SSL',
        options: { ssl, sasl: alice[1] },
        code: 'UNSUPPORTED_SASL_MECHANISM',
        says: /SCRAM-SHA-512/,
      },
    ],
    [
      'SASL at a listener without it',
      {
        listener: 'PLAINTEXT',
        options: { sasl: alice[0] },
        code: 'ILLEGAL_SASL_STATE',
        says: /sasl/,
      },
    ],
    [
      'plain text at a TLS listener',
      { listener: 'SSL', options: {}, code: 'NETWORK_EXCEPTION', says: /pass `ssl`/ },
    ],
    [
      'TLS at a listener without it',
      { listener: 'PLAINTEXT', options: { ssl }, code: 'NETWORK_EXCEPTION', says: /TLS/ },
    ],
    [
      'nobody in particular at a SASL listener',
      { listener, options: {}, code: 'NETWORK_EXCEPTION', says: /sasl/ },
    ],
  ];
  for (const [name, expected] of mismatches) {
    await checks.check(`refused: ${name}`, () => refused(places, expected));
  }
}
