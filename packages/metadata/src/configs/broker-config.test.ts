import { describe, expect, it } from 'vitest';
import { BrokerConfig } from './broker-config.ts';
import { staticLayers } from './config-layers.ts';
import { formatValue } from './config-value.ts';
import type { BrokerCheck } from './facts/facts.ts';
import { brokerChecks } from './facts/facts.ts';
import type { Listener } from './listeners.ts';
import { topicConfigDef } from './topic-configs.ts';

const asText = (listeners: readonly Listener[]): string[] =>
  listeners.map(({ name, host, port, protocol }) => `${name} ${host} ${port} ${protocol}`);

function answer(properties: Readonly<Record<string, string>>): Omit<BrokerCheck, 'properties'> {
  const loaded = BrokerConfig.load(staticLayers(new Map(Object.entries(properties))));
  if ('problems' in loaded) return { refused: true };
  const { config } = loaded;
  return {
    nodeId: config.nodeId,
    logDirs: config.logDirs,
    metadataLogDir: config.metadataLogDir,
    listeners: asText(config.listeners),
    advertised: asText(config.advertisedListeners),
    advertisedControllers: asText(config.advertisedControllerListeners),
    interBroker: `${config.interBrokerListenerName} ${config.network.interBroker.protocol}`,
    topicDefaults: changedTopicDefaults(config),
  };
}

function changedTopicDefaults(config: BrokerConfig): Record<string, string> {
  const changed = [...config.topicDefaults()].flatMap(([name, value]) => {
    const key = topicConfigDef.get(name);
    const text = formatValue(value, key?.type);
    const isDefault = text === formatValue(key?.default as never, key?.type);
    return isDefault ? [] : [[name, String(text)] as const];
  });
  return Object.fromEntries(changed);
}

describe('the properties of a process', () => {
  it.each(brokerChecks.map((check) => [changes(check), check] as const))(
    'are taken as Apache Kafka takes them: %s',
    (_text, { properties, ...expected }) => {
      expect(answer(properties)).toEqual(expected);
    },
  );
});

function changes({ properties }: BrokerCheck): string {
  return Object.entries(properties)
    .map((entry) => entry.join('='))
    .join(' ');
}
