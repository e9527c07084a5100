import type { ConfigKey } from '../configs/config-def.ts';
import { isSensitive, REQUIRED } from '../configs/config-def.ts';
import { formatValue } from '../configs/config-value.ts';
import { CONFIG_SOURCE } from '../configs/describe-configs.ts';
import { topicConfigDef, topicConfigSynonyms } from '../configs/topic-configs.ts';

/** Where a topic's configs come from, the first layer winning. */
export interface TopicConfigLayers {
  readonly topic: ReadonlyMap<string, string>;
  /** Set for this broker through the cluster. */
  readonly broker: ReadonlyMap<string, string>;
  /** Set for all brokers through the cluster. */
  readonly cluster: ReadonlyMap<string, string>;
  /** This node's properties file. */
  readonly node: ReadonlyMap<string, string>;
}

export interface EffectiveConfig {
  readonly name: string;
  readonly value: string | null;
  readonly source: number;
  readonly sensitive: boolean;
}

/** What one config of a topic comes to. Broker configs in larger units are converted. */
export function effectiveTopicConfig(name: string, layers: TopicConfigLayers): EffectiveConfig {
  const key = topicConfigDef.get(name);
  if (key === undefined) throw new Error(`${name} is no config of a topic`);
  return effective(key, layers);
}

/** All configs of a topic by name, in the order of their names; internal ones only where set. */
export function effectiveTopicConfigs(layers: TopicConfigLayers): EffectiveConfig[] {
  return topicConfigDef
    .keys()
    .filter((key) => !key.internal || layers.topic.has(key.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((key) => effective(key, layers));
}

function effective(key: ConfigKey, layers: TopicConfigLayers): EffectiveConfig {
  const from = (value: string | null, source: number): EffectiveConfig => ({
    name: key.name,
    value,
    source,
    sensitive: isSensitive(key),
  });
  const own = layers.topic.get(key.name);
  if (own !== undefined) return from(own, CONFIG_SOURCE.dynamicTopic);
  const shared = [
    [layers.broker, CONFIG_SOURCE.dynamicBroker],
    [layers.cluster, CONFIG_SOURCE.dynamicDefaultBroker],
    [layers.node, CONFIG_SOURCE.staticBroker],
  ] as const;
  for (const [configs, source] of shared) {
    for (const { name, unitMs } of topicConfigSynonyms.get(key.name) ?? []) {
      const value = configs.get(name);
      if (value !== undefined) return from(inMilliseconds(value, unitMs), source);
    }
  }
  const fallback = key.default === REQUIRED ? null : formatValue(key.default, key.type);
  return from(fallback, CONFIG_SOURCE.default);
}

function inMilliseconds(value: string, unitMs: number): string {
  return unitMs === 1 ? value : String(BigInt(value.trim()) * BigInt(unitMs));
}
