import {
  applyDynamicConfigs,
  type BrokerConfig,
  type MetadataImage,
  RESOURCE,
} from '@tidelog/metadata';

/** The configuration with the dynamic configs of the cluster, and over them those of this broker. */
export function withDynamicConfigs(
  config: BrokerConfig,
  { configs }: MetadataImage,
  warn: (message: string) => void,
): BrokerConfig {
  let effective = config;
  for (const [name, level] of [
    ['', 'cluster'],
    [String(config.nodeId), 'broker'],
  ] as const) {
    const applied = applyDynamicConfigs(effective, configs.of(RESOURCE.BROKER, name), level);
    for (const problem of applied.ignored) warn(`ignored a dynamic config: ${problem}`);
    effective = applied.config;
  }
  return effective;
}
