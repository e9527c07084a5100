import { describe, expect, it } from 'vitest';
import { BrokerConfig } from './broker-config.ts';
import { staticLayers } from './config-layers.ts';
import type { DynamicLevel } from './dynamic-configs.ts';
import { applyDynamicConfigs, dynamicConfigProblems } from './dynamic-configs.ts';

const PROPERTIES = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.listener.names': 'CONTROLLER',
  'controller.quorum.voters': '1@localhost:9093',
  listeners: 'PLAINTEXT://:9092,CONTROLLER://:9093',
  'log.retention.hours': '24',
};

function started(more: Record<string, string> = {}): BrokerConfig {
  const properties = new Map(Object.entries({ ...PROPERTIES, ...more }));
  const loaded = BrokerConfig.load(staticLayers(properties));
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
  return loaded.config;
}

const apply = (
  config: BrokerConfig,
  texts: Record<string, string>,
  level: DynamicLevel = 'broker',
): ReturnType<typeof applyDynamicConfigs> =>
  applyDynamicConfigs(config, new Map(Object.entries(texts)), level);

const problems = (
  texts: Record<string, string>,
  level: DynamicLevel = 'broker',
  config = started(),
): readonly string[] => dynamicConfigProblems(config, new Map(Object.entries(texts)), level);

describe('the dynamic configs of a broker', () => {
  it('stand over those of the cluster, which stand over its properties', () => {
    const cluster = apply(
      started({ 'message.max.bytes': '1' }),
      { 'message.max.bytes': '2' },
      'cluster',
    );
    expect(cluster.config.getInt('message.max.bytes')).toBe(2);
    const broker = apply(cluster.config, { 'message.max.bytes': '3' });
    expect(broker.config.getInt('message.max.bytes')).toBe(3);
    expect(apply(broker.config, {}).config.getInt('message.max.bytes')).toBe(2);
  });

  it('give topics their defaults, whatever unit the properties used', () => {
    expect(started().logRetentionMs).toBe(24 * 3_600_000);
    expect(apply(started(), { 'log.retention.ms': '5' }).config.logRetentionMs).toBe(5);
    expect(apply(started(), { 'log.retention.ms': '-7' }).config.logRetentionMs).toBe(-1);
  });

  it('leave out what a broker cannot take from the cluster', () => {
    const stored = {
      'num.io.threads': '9',
      'node.id': '2',
      'message.max.bytes': 'x',
      'ssl.keystore.type': 'PEM',
      'listener.name.plaintext.ssl.keystore.type': 'PEM',
    };
    const { config, ignored } = apply(started(), stored, 'cluster');
    expect([...config.layers.dynamicDefault.keys()]).toEqual(['num.io.threads']);
    expect(ignored).toHaveLength(4);
    expect(config.getInt('num.io.threads')).toBe(9);
  });

  it('stay as they are when new ones do not fit together', () => {
    const before = started();
    const { config, ignored } = apply(before, { 'log.retention.ms': '0' });
    expect(config).toBe(before);
    expect(ignored).toHaveLength(1);
  });

  it('keep stored assignment intervals within the bounds of this broker', () => {
    const name = 'group.consumer.assignment.interval.ms';
    expect(apply(started(), { [name]: '999999' }, 'cluster').config.getInt(name)).toBe(15_000);
    expect(problems({ [name]: '999999' }, 'cluster')).toHaveLength(1);
  });
});

describe('a change of dynamic configs', () => {
  it.each(['num.io.threads', 'num.network.threads', 'log.cleaner.threads'])(
    'halves or doubles %s at most',
    (name) => {
      const config = started({ [name]: '5' });
      expect(problems({ [name]: '2' }, 'broker', config)).toEqual([]);
      expect(problems({ [name]: '10' }, 'broker', config)).toEqual([]);
      expect(problems({ [name]: '1' }, 'broker', config)).toHaveLength(1);
      expect(problems({ [name]: '11' }, 'broker', config)).toHaveLength(1);
    },
  );

  it('may add a listener, and cannot give another protocol to one that is there', () => {
    const map = 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,MORE:SSL';
    const added = `${PROPERTIES.listeners},MORE://:9094`;
    const names = { listeners: added, 'listener.security.protocol.map': map };
    expect(problems(names)).toEqual([]);
    const changed = map.replace('PLAINTEXT:PLAINTEXT', 'PLAINTEXT:SSL');
    const interBroker = started({
      'listener.security.protocol.map': map,
      'inter.broker.listener.name': 'PLAINTEXT',
    });
    const answer = problems({ 'listener.security.protocol.map': changed }, 'broker', interBroker);
    expect(answer).toEqual(['The security protocol of the listener PLAINTEXT cannot be updated.']);
  });

  it('replaces certificates of a listener, and no other config of it along with listeners', () => {
    const listeners = 'PLAINTEXT://:9095,CONTROLLER://:9093';
    const prefix = 'listener.name.plaintext.ssl';
    expect(problems({ listeners, [`${prefix}.keystore.location`]: '/x' })).toEqual([]);
    expect(problems({ listeners, [`${prefix}.client.auth`]: 'required' })).toHaveLength(1);
  });
});
