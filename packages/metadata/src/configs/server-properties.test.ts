import { describe, expect, it } from 'vitest';
import type { BrokerConfig } from './broker-config.ts';
import { nearestConfigName } from './broker-configs.ts';
import { DURABILITY_CONFIG } from './keys/tidelog-keys.ts';
import type { LoadedProperties } from './server-properties.ts';
import { loadServerProperties, parseOverride } from './server-properties.ts';

const COMBINED = `
process.roles=broker,controller
node.id=7
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=localhost:9093
listeners=PLAINTEXT://:9092,\\
          CONTROLLER://:9093
log.dirs=/data/a, /data/b
`;

function load(more = '', overrides: Record<string, string> = {}): LoadedProperties {
  const loaded = loadServerProperties(COMBINED + more, new Map(Object.entries(overrides)));
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
  return loaded;
}

function problems(more: string): readonly string[] {
  const loaded = loadServerProperties(COMBINED + more);
  return 'problems' in loaded ? loaded.problems : [];
}

const config = (more = '', overrides = {}): BrokerConfig => load(more, overrides).config;

describe('the properties of a server', () => {
  it('give values of their types, or the defaults', () => {
    const server = config('log.cleaner.min.cleanable.ratio=0.25');
    expect(server.nodeId).toBe(7);
    expect(server.logDirs).toEqual(['/data/a', '/data/b']);
    expect(server.metadataLogDir).toBe('/data/a');
    expect(server.getDouble('log.cleaner.min.cleanable.ratio')).toBe(0.25);
    expect(server.getBoolean('auto.create.topics.enable')).toBe(true);
    expect(server.getInt('offsets.topic.replication.factor')).toBe(3);
    expect(server.getLong('log.flush.interval.messages')).toBeGreaterThan(2 ** 53);
    expect(server.getString('broker.rack')).toBeNull();
  });

  it('yield to overrides', () => {
    const server = config('num.partitions=3', { 'num.partitions': '5' });
    expect(server.getInt('num.partitions')).toBe(5);
  });

  it('name what nobody knows, with the nearest known name', () => {
    const { unknown } = load('num.partitons=3\nlistener.name.plaintext.ssl.keystore.type=PEM');
    expect(unknown).toEqual([{ name: 'num.partitons', nearest: 'num.partitions' }]);
  });

  it('leave the configs of plugins to them', () => {
    const plugins = 'rsm.config.a=1\nconfig.providers.env.class=x.Y\nsuper.users=User:a';
    expect(load(plugins).unknown).toEqual([]);
    const renamed = 'remote.log.storage.manager.impl.prefix=mine.\nmine.bucket=b';
    expect(load(renamed).unknown).toEqual([]);
  });

  it('name every invalid value with its reason', () => {
    expect(problems('num.partitions=0\nlog.preallocate=perhaps')).toEqual([
      'Invalid value 0 for configuration num.partitions: Value must be at least 1',
      'Invalid value perhaps for configuration log.preallocate: ' +
        'Expected value to be either true or false',
    ]);
    expect(problems('a=\\u00')).toEqual(['Malformed \\uXXXX escape in the line: a=\\u00']);
  });

  it('must give a topic a retention that fits together', () => {
    const remote = 'remote.log.storage.system.enable=true\nlog.retention.bytes=5\n';
    expect(problems(`${remote}log.local.retention.bytes=6`)).toHaveLength(1);
    expect(problems(`${remote}log.local.retention.bytes=5`)).toEqual([]);
    expect(
      problems('log.cleaner.max.compaction.lag.ms=5\nlog.cleaner.min.compaction.lag.ms=6'),
    ).toHaveLength(1);
  });

  it('warn of a heartbeat that is too slow for its session', () => {
    expect(load('broker.heartbeat.interval.ms=4501').warnings).toHaveLength(1);
    expect(load('broker.heartbeat.interval.ms=4500').warnings).toEqual([]);
  });

  it('hold the values of single listeners', () => {
    const server = config('max.connections=9\nlistener.name.plaintext.max.connections=5');
    expect(server.forListener('PLAINTEXT', 'max.connections')).toBe(5);
    expect(server.forListener('CONTROLLER', 'max.connections')).toBe(9);
  });

  it('make fsync the durability of topics, unless told otherwise', () => {
    expect(config().topicDefaults().get(DURABILITY_CONFIG)).toBe('fsync');
    const relaxed = config(`${DURABILITY_CONFIG}=relaxed`);
    expect(relaxed.topicDefaults().get(DURABILITY_CONFIG)).toBe('relaxed');
    expect(problems(`${DURABILITY_CONFIG}=never`)).toHaveLength(1);
  });
});

describe('an override on the command line', () => {
  it('is a name and a value', () => {
    expect(parseOverride('a.b = c=d ')).toEqual({ value: { name: 'a.b', value: 'c=d' } });
    expect(parseOverride('a=')).toEqual({ value: { name: 'a', value: '' } });
  });

  it.each(['a', '=b', ''])('is refused without both: %o', (text) => {
    expect(parseOverride(text)).toHaveProperty('problem');
  });
});

describe('the nearest config name', () => {
  it.each([
    ['log.retention.hour', 'log.retention.hours'],
    ['LOG.DIRS', 'log.dirs'],
    ['auto.create.topic.enable', 'auto.create.topics.enable'],
    ['nodeid', 'node.id'],
    ['qwertyuiop', undefined],
  ])('of %s is %s', (name, nearest) => {
    expect(nearestConfigName(name)).toBe(nearest);
  });
});
