export type { ConfigKey, Importance, UpdateMode } from './config-def.ts';
export { ConfigDef, isSensitive, parseConfig, REQUIRED } from './config-def.ts';
export type { ConfigRule } from './config-rule.ts';
export { describeRule } from './config-rule.ts';
export type { ConfigType, ConfigValue, Parsed } from './config-value.ts';
export { formatValue, MAX_LONG, parseValue } from './config-value.ts';
export { DURABILITY_CONFIG } from './keys/tidelog-keys.ts';
export type { TopicConfigContext, TopicConfigSynonym } from './topic-configs.ts';
export { topicConfigDef, topicConfigProblem, topicConfigSynonyms } from './topic-configs.ts';
export type { ClientMetricsProblem } from './client-metrics-configs.ts';
export {
  clientMetricsConfigDef,
  clientMetricsConfigProblem,
  parseMatcher,
} from './client-metrics-configs.ts';
export {
  groupConfigBounds,
  groupConfigDef,
  groupConfigProblem,
  groupConfigSynonyms,
} from './group-configs.ts';
