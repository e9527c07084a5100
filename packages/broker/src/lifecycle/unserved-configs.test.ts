import { BrokerConfig, staticLayers } from '@tidelog/metadata';
import { describe, expect, it } from 'vitest';
import { defaultProperties } from '../config/default-properties.ts';
import { refuseUnserved } from './unserved-configs.ts';

function configWith(properties: Record<string, string>): BrokerConfig {
  const defaults = defaultProperties({ port: 9092, dataDirectory: '/data' });
  const loaded = BrokerConfig.load(
    staticLayers(new Map([...defaults, ...Object.entries(properties)])),
  );
  if ('problems' in loaded) throw new Error(loaded.problems.join(' '));
  return loaded.config;
}

describe('refuseUnserved', () => {
  it('lets a plain configuration pass', () => {
    expect(() => refuseUnserved(configWith({}))).not.toThrow();
  });

  it('starts no controller alone', () => {
    const config = configWith({
      'process.roles': 'controller',
      listeners: 'CONTROLLER://127.0.0.1:9093',
    });
    expect(() => refuseUnserved(config)).toThrow('process.roles lacks broker');
  });

  it.each(['SSL', 'SASL_PLAINTEXT', 'SASL_SSL'])(
    'serves no %s listener in the open',
    (protocol) => {
      const config = configWith({
        listeners: 'CLIENTS://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093',
        'listener.security.protocol.map': `CLIENTS:${protocol},CONTROLLER:PLAINTEXT`,
        'inter.broker.listener.name': 'CLIENTS',
      });
      const refused = `the listener CLIENTS asks for ${protocol}, but only PLAINTEXT can be served yet`;
      expect(() => refuseUnserved(config)).toThrow(refused);
    },
  );

  it('passes over no authorizer', () => {
    const authorizer = 'org.apache.kafka.metadata.authorizer.StandardAuthorizer';
    const config = configWith({ 'authorizer.class.name': authorizer });
    expect(() => refuseUnserved(config)).toThrow(`authorizer.class.name asks for ${authorizer}`);
  });
});
