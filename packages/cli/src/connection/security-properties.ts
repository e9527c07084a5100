import { readFileSync } from 'node:fs';
import type { OAuthBearerToken } from '@tidelog/client';
import { CallError, CommandError } from '../command-error.ts';
import { readToken, requestToken } from './oauth-token.ts';

/** What Kafka's names of TLS and SASL are to our client: Java's, and librdkafka's where they differ. */
export const securityPropertyNames = [
  'security.protocol',
  'sasl.mechanism',
  'sasl.mechanisms',
  'sasl.username',
  'sasl.password',
  'sasl.jaas.config',
  'sasl.oauthbearer.method',
  'sasl.oauthbearer.token.endpoint.url',
  'sasl.oauthbearer.client.id',
  'sasl.oauthbearer.client.secret',
  'sasl.oauthbearer.client.credentials.client.id',
  'sasl.oauthbearer.client.credentials.client.secret',
  'sasl.oauthbearer.scope',
  'ssl.ca.location',
  'ssl.ca.pem',
  'ssl.certificate.location',
  'ssl.certificate.pem',
  'ssl.key.location',
  'ssl.key.pem',
  'ssl.key.password',
  'ssl.keystore.type',
  'ssl.keystore.location',
  'ssl.keystore.password',
  'ssl.keystore.certificate.chain',
  'ssl.keystore.key',
  'ssl.truststore.type',
  'ssl.truststore.location',
  'ssl.truststore.certificates',
  'ssl.endpoint.identification.algorithm',
  'ssl.cipher.suites',
  'enable.ssl.certificate.verification',
] as const;

type Name = (typeof securityPropertyNames)[number];
type Properties = ReadonlyMap<string, string>;

/** The options `ssl` and `sasl` of the client; empty where nothing says that there is security. */
export function securityOptions(properties: Properties): Record<string, unknown> {
  const get = (name: Name): string | undefined => properties.get(name);
  const protocol = (get('security.protocol') ?? 'PLAINTEXT').toUpperCase();
  if (!['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'].includes(protocol)) {
    throw new CallError(
      `security.protocol is PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL, not ${protocol}`,
    );
  }
  const hasTls = protocol.endsWith('SSL');
  const hasSasl = protocol.startsWith('SASL');
  const unused = [...properties.keys()].find(
    (name) => (!hasTls && /^(enable\.)?ssl\./.test(name)) || (!hasSasl && name.startsWith('sasl.')),
  );
  if (unused !== undefined) {
    throw new CallError(`${unused} has no meaning with security.protocol=${protocol}`);
  }
  return { ...(hasTls && { ssl: tlsOptions(get) }), ...(hasSasl && { sasl: saslOptions(get) }) };
}

type Get = (name: Name) => string | undefined;

function tlsOptions(get: Get): true | Record<string, unknown> {
  const algorithm = get('ssl.endpoint.identification.algorithm');
  if (algorithm !== undefined && algorithm.toLowerCase() !== 'https') {
    throw new CallError(
      'ssl.endpoint.identification.algorithm is https: the name in a certificate is always checked',
    );
  }
  const isStore = get('ssl.keystore.location') !== undefined && keystoreType(get) !== 'PEM';
  const options = {
    ca: authorities(get),
    ...(isStore ? { pfx: file(get('ssl.keystore.location')!) } : keyPair(get)),
    passphrase: get('ssl.key.password') ?? get('ssl.keystore.password'),
    ciphers: get('ssl.cipher.suites')?.replaceAll(',', ':'),
    rejectUnauthorized: get('enable.ssl.certificate.verification') === 'false' ? false : undefined,
  };
  const set = Object.entries(options).filter(([, value]) => value !== undefined);
  return set.length === 0 ? true : Object.fromEntries(set);
}

function authorities(get: Get): Buffer | string | undefined {
  const location = get('ssl.ca.location') ?? get('ssl.truststore.location');
  const type = get('ssl.truststore.type')?.toUpperCase() ?? 'PEM';
  if (get('ssl.truststore.location') !== undefined && type !== 'PEM') {
    throw new CallError(`ssl.truststore.type is PEM here, not ${type}: keytool can export it`);
  }
  const text = get('ssl.ca.pem') ?? get('ssl.truststore.certificates');
  return text ?? (location === undefined ? undefined : file(location));
}

/** Java calls a file with a certificate and its key a store of type PEM. */
function keyPair(get: Get) {
  const store = get('ssl.keystore.location');
  const both = store === undefined ? undefined : file(store);
  const certificate = get('ssl.certificate.pem') ?? get('ssl.keystore.certificate.chain');
  const key = get('ssl.key.pem') ?? get('ssl.keystore.key');
  const certificateFile = get('ssl.certificate.location');
  const keyFile = get('ssl.key.location');
  return {
    cert: certificate ?? (certificateFile === undefined ? both : file(certificateFile)),
    key: key ?? (keyFile === undefined ? both : file(keyFile)),
  };
}

function keystoreType(get: Get): string {
  const type = (get('ssl.keystore.type') ?? 'PKCS12').toUpperCase();
  if (type === 'PEM' || type === 'PKCS12') return type;
  throw new CallError(
    `ssl.keystore.type is PKCS12 or PEM here, not ${type}: keytool can convert it`,
  );
}

function file(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CommandError(`cannot read ${path}: ${(error as Error).message}`);
  }
}

const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'];

function saslOptions(get: Get): Record<string, unknown> {
  const mechanism = get('sasl.mechanism') ?? get('sasl.mechanisms');
  if (mechanism === undefined || !mechanisms.includes(mechanism)) {
    throw new CallError(
      `sasl.mechanism is ${mechanisms.join(', ')}, not ${mechanism ?? 'left out'}`,
    );
  }
  if (mechanism === 'OAUTHBEARER') return { mechanism, token: tokenOf(get) };
  const jaas = get('sasl.jaas.config') ?? '';
  const username = get('sasl.username') ?? jaasOption(jaas, 'username');
  const password = get('sasl.password') ?? jaasOption(jaas, 'password');
  if (username === undefined || password === undefined) {
    throw new CallError(`${mechanism} needs sasl.username and sasl.password`);
  }
  return { mechanism, username, password };
}

/** From a file, or from a server by the id and secret of a client (KIP-768). */
function tokenOf(get: Get): () => Promise<OAuthBearerToken> {
  const url = get('sasl.oauthbearer.token.endpoint.url');
  if (url === undefined || !URL.canParse(url)) {
    throw new CallError('OAUTHBEARER needs sasl.oauthbearer.token.endpoint.url, http(s): or file:');
  }
  if (url.startsWith('file:')) return () => readToken(new URL(url));
  const jaas = get('sasl.jaas.config') ?? '';
  const clientId =
    get('sasl.oauthbearer.client.credentials.client.id') ??
    get('sasl.oauthbearer.client.id') ??
    jaasOption(jaas, 'clientId');
  const clientSecret =
    get('sasl.oauthbearer.client.credentials.client.secret') ??
    get('sasl.oauthbearer.client.secret') ??
    jaasOption(jaas, 'clientSecret');
  if (clientId === undefined || clientSecret === undefined) {
    throw new CallError('OAUTHBEARER needs sasl.oauthbearer.client.id and .client.secret');
  }
  const scope = get('sasl.oauthbearer.scope') ?? jaasOption(jaas, 'scope');
  const options = { tokenEndpoint: url, clientId, clientSecret };
  return () => requestToken({ ...options, ...(scope !== undefined && { scope }) });
}

/** `... required username="me" password="it's \"quoted\"";` as Java reads it. */
function jaasOption(jaas: string, name: string): string | undefined {
  const [, quoted, bare] =
    new RegExp(`\\b${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]+))`).exec(jaas) ?? [];
  return bare ?? quoted?.replaceAll(/\\(.)/g, '$1');
}
