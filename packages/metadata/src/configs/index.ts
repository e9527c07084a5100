export type { BrokerConfigProblems, ProcessRole } from './broker-config.ts';
export { BrokerConfig } from './broker-config.ts';
export {
  brokerConfigDef,
  brokerConfigSynonyms,
  dynamicBrokerConfigDef,
  nearestConfigName,
} from './broker-configs.ts';
export { brokerWarnings } from './broker-rules.ts';
export type { ClientMetricsProblem } from './client-metrics-configs.ts';
export {
  clientMetricsConfigDef,
  clientMetricsConfigProblem,
  parseMatcher,
} from './client-metrics-configs.ts';
export type { ConfigKey, Importance, UpdateMode } from './config-def.ts';
export { ConfigDef, isSensitive, parseConfig, REQUIRED } from './config-def.ts';
export type { ConfigLayers } from './config-layers.ts';
export { staticLayers } from './config-layers.ts';
export type { ConfigRule } from './config-rule.ts';
export { describeRule } from './config-rule.ts';
export type { ConfigType, ConfigValue, Parsed } from './config-value.ts';
export { formatValue, MAX_LONG, parseValue } from './config-value.ts';
export type { ConfigSource, DescribedConfig, DescribedSynonym } from './describe-configs.ts';
export {
  CONFIG_SOURCE,
  describeBrokerConfigs,
  describeBrokerDefaults,
  describeClientMetricsConfigs,
  describeGroupConfigs,
  describeTopicConfigs,
} from './describe-configs.ts';
export type { DynamicLevel } from './dynamic-configs.ts';
export {
  applyDynamicConfigs,
  dynamicConfigProblem,
  dynamicConfigProblems,
} from './dynamic-configs.ts';
export {
  effectiveGroupConfigs,
  groupConfigBounds,
  groupConfigDef,
  groupConfigProblem,
  groupConfigSynonyms,
} from './group-configs.ts';
export { parseProperties } from './java-properties.ts';
export { DURABILITY_CONFIG, HTTP_LISTENER_CONFIG } from './keys/tidelog-keys.ts';
export type { Listener, SecurityProtocol } from './listeners.ts';
export type { FailedProperties, LoadedProperties, UnknownProperty } from './server-properties.ts';
export { loadServerProperties, parseOverride } from './server-properties.ts';
export type { TopicConfigContext, TopicConfigSynonym } from './topic-configs.ts';
export { topicConfigDef, topicConfigProblem, topicConfigSynonyms } from './topic-configs.ts';
