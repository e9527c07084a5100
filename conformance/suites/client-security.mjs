/** Our client against the TLS and SASL listeners of Apache Kafka; Tidelog has none yet. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { securityChecks } from '../client/security.mjs';
import { Authority } from '../lib/certificates.mjs';
import { kafkaSuite } from '../lib/kafka-suite.mjs';
import { freePort, Server } from '../lib/server.mjs';

const listeners = ['SASL_PLAINTEXT', 'SASL_SSL', 'SSL'];
const login = 'org.apache.kafka.common.security';
/** What each mechanism takes from the configuration; SCRAM has its users in the metadata. */
const jaas = {
  plain: `${login}.plain.PlainLoginModule required user_alice="alice's secret";`,
  'scram-sha-256': `${login}.scram.ScramLoginModule required;`,
  'scram-sha-512': `${login}.scram.ScramLoginModule required;`,
  oauthbearer: `${login}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
};
const scramUsers = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
  '--add-scram',
  `${mechanism}=[name=alice,password=alice's secret]`,
]);

/** @param {number} plainPort @param {Record<string, number>} ports */
function listenerProperties(plainPort, ports) {
  const own = listeners.map((name) => `${name}://127.0.0.1:${ports[name]}`);
  const all = [`PLAINTEXT://127.0.0.1:${plainPort}`, ...own];
  const protocols = ['PLAINTEXT', ...listeners].map((name) => `${name}:${name}`);
  return {
    listeners: [...all, `CONTROLLER://127.0.0.1:${plainPort + 1}`].join(','),
    'advertised.listeners': all.join(','),
    'listener.security.protocol.map': ['CONTROLLER:PLAINTEXT', ...protocols].join(','),
  };
}

/** @param {import('../lib/certificates.mjs').Certificate} authority @param {string} keyStore */
function tlsProperties(authority, keyStore) {
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': keyStore,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': authority.certFile,
    'listener.name.ssl.ssl.client.auth': 'required',
  };
}

function saslProperties() {
  const entries = Object.entries(jaas).flatMap(([mechanism, config]) =>
    ['sasl_plaintext', 'sasl_ssl'].map((listener) => [
      `listener.name.${listener}.${mechanism}.sasl.jaas.config`,
      config,
    ]),
  );
  return {
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    'listener.name.sasl_ssl.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512,OAUTHBEARER',
    // Apache Kafka refuses to authenticate a connection twice within a second.
    'listener.name.sasl_ssl.plain.connections.max.reauth.ms': '2000',
    ...Object.fromEntries(entries),
  };
}

export const clientSecurity = kafkaSuite(
  {
    name: 'client-security',
    client: '@tidelog/client, TLS and SASL of Apache Kafka',
    version: '0.1.0',
  },
  async ({ directory, prefix, checks }) => {
    const authority = await Authority.make(directory, 'authority');
    const stranger = await Authority.make(directory, 'stranger');
    const broker = await authority.sign('broker', 'DNS:localhost,DNS:broker.test,IP:127.0.0.1');
    const user = await authority.sign('user', 'DNS:user.test');
    const keyStore = join(directory, 'keystore.pem');
    writeFileSync(keyStore, broker.key + broker.cert);
    const port = await freePort();
    /** @type {Record<string, number>} */
    const ports = {};
    let next = port + 2;
    for (const name of listeners) next = (ports[name] = await freePort(next)) + 2;
    const server = new Server('kafka', {
      directory: join(directory, 'broker'),
      port,
      properties: {
        ...listenerProperties(port, ports),
        ...tlsProperties(authority, keyStore),
        ...saslProperties(),
      },
      formatArguments: ['--standalone', ...scramUsers],
    });
    await server.start();
    const certificates = { authority: authority.cert, stranger: stranger.cert, user };
    await securityChecks(checks, { port, ports, prefix, certificates });
    await server.stop();
  },
);
