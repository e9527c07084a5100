import type { BrokerConfig } from './broker-config.ts';
import { brokerConfigDef, brokerConfigKey, brokerConfigSynonyms } from './broker-configs.ts';
import { clientMetricsConfigDef } from './client-metrics-configs.ts';
import type { ConfigDef, ConfigKey } from './config-def.ts';
import { isSensitive, REQUIRED } from './config-def.ts';
import type { ConfigType, ConfigValue } from './config-value.ts';
import { formatValue } from './config-value.ts';
import { groupConfigDef, groupConfigSynonyms } from './group-configs.ts';
import { topicConfigDef, topicConfigSynonyms } from './topic-configs.ts';

/** Where a value comes from, as DescribeConfigs numbers it. */
export const CONFIG_SOURCE = {
  dynamicTopic: 1,
  dynamicBroker: 2,
  dynamicDefaultBroker: 3,
  staticBroker: 4,
  default: 5,
  clientMetrics: 7,
  group: 8,
  /** A level of a logger, which the running broker was told (KIP-412). */
  dynamicBrokerLogger: 6,
} as const;

export type ConfigSource = (typeof CONFIG_SOURCE)[keyof typeof CONFIG_SOURCE];

/** The types as DescribeConfigs numbers them; 0 is unknown. */
const TYPE_IDS: Readonly<Record<ConfigType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
  class: 8,
  password: 9,
};

export interface DescribedSynonym {
  readonly name: string;
  readonly value: string | null;
  readonly source: ConfigSource;
}

/** One config of a DescribeConfigs response, with all that a client may ask for. */
export interface DescribedConfig {
  readonly name: string;
  /** Null also where the value is secret. */
  readonly value: string | null;
  readonly configSource: ConfigSource;
  readonly isSensitive: boolean;
  readonly readOnly: boolean;
  readonly synonyms: readonly DescribedSynonym[];
  /** 0 is unknown. */
  readonly configType: number;
  readonly documentation: string | null;
}

/** The configs of a topic with `own` configs, on this broker. */
export function describeTopicConfigs(
  config: BrokerConfig,
  own: ReadonlyMap<string, string>,
): DescribedConfig[] {
  const { values } = topicConfigDef.parse(own, config.topicDefaults());
  return describedNames(topicConfigDef, own).map((name) => {
    const key = topicConfigDef.get(name);
    const value = textOf(key, values.get(name), own.get(name));
    const brokerName = topicConfigSynonyms.get(name)?.[0]?.name;
    const synonyms = [
      ...ownSynonym({ name, value, source: CONFIG_SOURCE.dynamicTopic }, own),
      ...(brokerName === undefined ? [] : brokerSynonyms(config, brokerName, isSensitive(key))),
    ];
    return described({ name, key, value, synonyms });
  });
}

/** The configs of this broker itself. */
export function describeBrokerConfigs(config: BrokerConfig): DescribedConfig[] {
  return describedNames(brokerConfigDef, config.texts).map((name) => {
    const defined = brokerConfigDef.get(name);
    const parsed = defined && !defined.internal ? config.value(name) : undefined;
    const key = brokerConfigKey(name);
    const value = textOf(key, parsed, config.texts.get(name));
    const synonyms = brokerSynonyms(config, name, isSensitive(key));
    return describedOfBroker({ name, key, value, synonyms });
  });
}

/** What the cluster sets for all brokers, as this broker knows it. */
export function describeBrokerDefaults(config: BrokerConfig): DescribedConfig[] {
  return [...config.layers.dynamicDefault].map(([name, text]) => {
    const key = brokerConfigKey(name);
    const synonyms = brokerSynonyms(config, name, isSensitive(key)).filter(
      (synonym) => synonym.source === CONFIG_SOURCE.dynamicDefaultBroker,
    );
    return describedOfBroker({ name, key, value: isSensitive(key) ? null : text, synonyms });
  });
}

/** The configs of a group with `own` configs, on this broker. */
export function describeGroupConfigs(
  config: BrokerConfig,
  own: ReadonlyMap<string, string>,
): DescribedConfig[] {
  const { values } = groupConfigDef.parse(own, config.groupDefaults());
  return describedNames(groupConfigDef, own).map((name) => {
    const key = groupConfigDef.get(name);
    const value = textOf(key, values.get(name), own.get(name));
    const brokerName = groupConfigSynonyms.get(name);
    const fallback =
      brokerName === undefined
        ? defaultSynonym(name, key)
        : brokerSynonyms(config, brokerName, isSensitive(key));
    const synonyms = [
      ...ownSynonym({ name, value, source: CONFIG_SOURCE.group }, own),
      ...fallback,
    ];
    return described({ name, key, value, synonyms });
  });
}

/** The configs of a client metrics subscription. */
export function describeClientMetricsConfigs(own: ReadonlyMap<string, string>): DescribedConfig[] {
  const { values } = clientMetricsConfigDef.parse(own);
  return describedNames(clientMetricsConfigDef, own).map((name) => {
    const key = clientMetricsConfigDef.get(name);
    const value = formatValue(values.get(name) ?? own.get(name) ?? null, key?.type);
    const synonyms = ownSynonym({ name, value, source: CONFIG_SOURCE.clientMetrics }, own);
    return { ...described({ name, key, value, synonyms }), isSensitive: false };
  });
}

interface Description {
  readonly name: string;
  readonly key: ConfigKey | undefined;
  readonly value: string | null;
  readonly synonyms: readonly DescribedSynonym[];
}

function described({ name, key, value, synonyms }: Description): DescribedConfig {
  return {
    name,
    value,
    configSource: synonyms[0]?.source ?? CONFIG_SOURCE.default,
    isSensitive: isSensitive(key),
    readOnly: false,
    synonyms,
    configType: key === undefined ? 0 : TYPE_IDS[key.type],
    documentation: key?.name === name ? key.doc : null,
  };
}

/** A listener's own config counts as read-only, although it can be altered: so Kafka has it. */
function describedOfBroker(description: Description): DescribedConfig {
  const { key, name } = description;
  const isDynamic = key?.name === name && key.mode !== 'read-only';
  return { ...described(description), readOnly: !isDynamic };
}

/** Internal configs and those of plugins are shown only where somebody set them. */
function describedNames(def: ConfigDef, texts: ReadonlyMap<string, string>): string[] {
  const shown = def.keys().filter((key) => !key.internal);
  const names = new Set(shown.map((key) => key.name));
  return [...names, ...[...texts.keys()].filter((name) => !names.has(name))];
}

function textOf(
  key: ConfigKey | undefined,
  value: ConfigValue | undefined,
  text: string | undefined,
): string | null {
  if (isSensitive(key)) return null;
  return value === undefined ? (text ?? null) : formatValue(value, key?.type);
}

function ownSynonym(
  synonym: DescribedSynonym,
  own: ReadonlyMap<string, string>,
): DescribedSynonym[] {
  return own.has(synonym.name) ? [synonym] : [];
}

function defaultSynonym(name: string, key: ConfigKey | undefined): DescribedSynonym[] {
  if (key === undefined || key.default === REQUIRED || key.default === null) return [];
  const value = formatValue(key.default, key.type);
  return [{ name, value, source: CONFIG_SOURCE.default }];
}

/** Everything that stands behind a broker config, what wins first. */
function brokerSynonyms(config: BrokerConfig, name: string, isSecret: boolean): DescribedSynonym[] {
  const names = brokerConfigSynonyms(name);
  const { layers } = config;
  const given = (
    [
      [layers.dynamic, CONFIG_SOURCE.dynamicBroker],
      [layers.dynamicDefault, CONFIG_SOURCE.dynamicDefaultBroker],
      [layers.static, CONFIG_SOURCE.staticBroker],
    ] as const
  ).flatMap(([texts, source]) =>
    names.flatMap((synonym) => {
      const value = texts.get(synonym);
      return value === undefined ? [] : [{ name: synonym, value, source }];
    }),
  );
  const defaults = names.flatMap((synonym) =>
    defaultSynonym(synonym, brokerConfigDef.get(synonym)),
  );
  const all = [...given, ...defaults];
  const first = all.findIndex((synonym) => synonym.name === name);
  if (first < 0) return [];
  return all.slice(first).map((entry) => (isSecret ? { ...entry, value: null } : entry));
}
