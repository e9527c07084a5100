import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
// Loaded here, so that no test waits for it.
import '@tidelog/metadata';
import { clientPropertyNames, isSecret, readClientProperties } from './client-properties.ts';
import { loadProfiles, profilesPath, saveProfiles } from './profiles.ts';
import { connectionOf } from './with-client.ts';

const directory = mkdtempSync(join(tmpdir(), 'tidelog-profiles-'));
let next = 0;
const newEnv = () => ({ TIDELOG_CONFIG: join(directory, `${next++}`, 'profiles.json') });
afterAll(() => rmSync(directory, { recursive: true }));

describe('client properties', () => {
  it('are options of the client under the names of Java and of librdkafka', async () => {
    expect(
      await readClientProperties([
        ['client.id', 'me'],
        ['request.required.acks', '-1'],
        ['linger.ms', '7'],
        ['compression.type', 'zstd'],
        ['auto.offset.reset', 'smallest'],
        ['enable.auto.commit', 'false'],
        ['partition.assignment.strategy', 'org.apache.kafka.clients.consumer.RoundRobinAssignor'],
      ]),
    ).toEqual({
      client: { clientId: 'me' },
      producer: { acks: 'all', lingerMs: 7, compression: 'zstd' },
      consumer: { autoOffsetReset: 'earliest', autoCommit: false, assignors: ['roundrobin'] },
    });
    const cooperative = await readClientProperties([
      ['partition.assignment.strategy', 'cooperative-sticky,range'],
    ]);
    expect(cooperative.consumer.assignors).toEqual(['cooperative-sticky', 'range']);
  });

  it('are TLS and SASL', async () => {
    const client = async (properties: Record<string, string>) =>
      (await readClientProperties(Object.entries(properties))).client;
    const pem = join(directory, 'ca.pem');
    writeFileSync(pem, 'PEM');
    expect(await client({ 'security.protocol': 'ssl' })).toEqual({ ssl: true });
    expect(
      await client({
        'security.protocol': 'SASL_SSL',
        'ssl.ca.location': pem,
        'ssl.key.pem': 'KEY',
        'ssl.key.password': 'p',
        'sasl.mechanisms': 'PLAIN',
        'sasl.username': 'me',
        'sasl.password': 'secret',
      }),
    ).toEqual({
      ssl: { ca: Buffer.from('PEM'), key: 'KEY', passphrase: 'p' },
      sasl: { mechanism: 'PLAIN', username: 'me', password: 'secret' },
    });
    const jaas = 'org.X required username="me" password="a\\"b;c" ;';
    expect(
      await client({
        'security.protocol': 'SASL_PLAINTEXT',
        'sasl.mechanism': 'SCRAM-SHA-512',
        'sasl.jaas.config': jaas,
      }),
    ).toEqual({ sasl: { mechanism: 'SCRAM-SHA-512', username: 'me', password: 'a"b;c' } });
  });

  it.each([
    [{ 'security.protocol': 'TLS' }, 'security.protocol is PLAINTEXT, SSL'],
    [{ 'sasl.username': 'me' }, 'sasl.username has no meaning with security.protocol=PLAINTEXT'],
    [{ 'security.protocol': 'SASL_SSL' }, 'sasl.mechanism is PLAIN, SCRAM-SHA-256'],
    [
      { 'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'PLAIN', 'sasl.username': 'me' },
      'PLAIN needs sasl.username and sasl.password',
    ],
    [{ 'security.protocol': 'SSL', 'ssl.ca.location': '/absent' }, 'cannot read /absent'],
    [
      { 'security.protocol': 'SSL', 'ssl.truststore.location': 'x', 'ssl.truststore.type': 'JKS' },
      'keytool can export it',
    ],
    [
      { 'security.protocol': 'SSL', 'ssl.endpoint.identification.algorithm': '' },
      'the name in a certificate is always checked',
    ],
  ])('refuse security that is none: %j', async (properties, sentence) => {
    await expect(readClientProperties(Object.entries(properties))).rejects.toThrow(sentence);
  });

  it.each([
    ['acks', '2', 'acks is all, 1 or 0, not 2'],
    ['linger.ms', 'soon', 'linger.ms takes a whole number, not soon'],
    ['enable.idempotence', '1', 'enable.idempotence is true or false, not 1'],
    ['auto.offset.reset', 'middle', 'earliest, latest or none'],
    ['client.idd', 'x', 'unknown client property client.idd: did you mean client.id?'],
    ['constructor', 'x', 'unknown client property constructor'],
  ])('refuse %s=%s', async (name, value, sentence) => {
    await expect(readClientProperties([[name, value]])).rejects.toThrow(sentence);
  });

  it('tell secrets', () => {
    expect(['sasl.password', 'ssl.key.password', 'sasl.jaas.config'].every(isSecret)).toBe(true);
    expect(['client.id', 'sasl.username', 'sasl.mechanism'].some(isSecret)).toBe(false);
    expect(clientPropertyNames).toContain('bootstrap.servers');
  });
});

describe('profiles', () => {
  it('are found where XDG says', () => {
    expect(profilesPath({ XDG_CONFIG_HOME: '/x' })).toBe('/x/tidelog/profiles.json');
    expect(profilesPath({ HOME: '/h' })).toBe('/h/.config/tidelog/profiles.json');
    expect(loadProfiles(newEnv())).toEqual({ current: null, profiles: new Map() });
  });

  it('are read as they were written, by their owner only', () => {
    const env = newEnv();
    const profiles = {
      current: 'a',
      profiles: new Map([['a', { 'bootstrap.servers': 'a:1', 'sasl.password': 'p' }]]),
    };
    saveProfiles(env, profiles);
    expect(loadProfiles(env)).toEqual(profiles);
    expect(statSync(env.TIDELOG_CONFIG).mode & 0o777).toBe(0o600);
    expect(readFileSync(env.TIDELOG_CONFIG, 'utf8')).toMatch(/^\{\n {2}"current": "a"/);
  });

  it.each(['', '{}', '{"current":1,"profiles":{}}', '{"current":null,"profiles":{"a":{"b":1}}}'])(
    'name a file that holds none: %s',
    (text) => {
      const env = { TIDELOG_CONFIG: join(directory, `broken-${next++}`) };
      writeFileSync(env.TIDELOG_CONFIG, text);
      expect(() => loadProfiles(env)).toThrow(`${env.TIDELOG_CONFIG} holds no profiles`);
    },
  );
});

describe('a connection', () => {
  const env = newEnv();
  saveProfiles(env, {
    current: 'used',
    profiles: new Map([
      ['used', { 'bootstrap.servers': 'used:1', 'client.id': 'from-profile' }],
      ['other', { 'bootstrap.servers': 'other:1' }],
    ]),
  });
  const connection = (
    settings: Parameters<typeof connectionOf>[0],
    env: Record<string, string | undefined>,
  ) => connectionOf(settings, { env, tell: () => {} });
  const servers = async (
    settings: Parameters<typeof connectionOf>[0],
    more: Record<string, string> = {},
  ) => (await connection(settings, { ...env, ...more })).client.bootstrapServers;
  const far = { TIDELOG_BOOTSTRAP_SERVERS: 'far:1' };

  it('goes where the nearest word says', async () => {
    expect(await servers({})).toBe('used:1');
    expect(await servers({}, { TIDELOG_PROFILE: 'other' })).toBe('other:1');
    expect(await servers({}, far)).toBe('far:1');
    expect(await servers({ profile: 'other' }, far)).toBe('other:1');
    expect(await servers({ X: ['bootstrap.servers=x:1'] }, far)).toBe('x:1');
    expect(await servers({ bootstrapServers: 'near:1', X: ['bootstrap.servers=x:1'] })).toBe(
      'near:1',
    );
    const none = await connection({}, newEnv());
    expect(none.client.bootstrapServers).toBe('127.0.0.1:9092');
  });

  it('takes the other properties along', async () => {
    expect((await connection({}, env)).client.clientId).toBe('from-profile');
    expect((await connection({ X: ['client.id=x'] }, env)).client.clientId).toBe('x');
  });

  it('needs a profile that exists', async () => {
    await expect(connection({ profile: 'gone' }, env)).rejects.toThrow('no profile gone');
  });
});
