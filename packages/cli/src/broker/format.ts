import { formatStorage } from '@tidelog/broker';
import { nodePlatform } from '@tidelog/platform';
import { type BrokerSettings, brokerConfig } from './broker-settings.ts';

export interface FormatSettings extends BrokerSettings {
  readonly clusterId?: string;
}

/** Prepares the log directories of a configuration, as the first start would; says what was done. */
export async function format(file: string | undefined, settings: FormatSettings): Promise<void> {
  const config = brokerConfig(file, settings);
  const done = formatStorage({
    platform: nodePlatform(),
    config,
    ...(settings.clusterId !== undefined && { clusterId: settings.clusterId }),
  });
  const formatted =
    done.directories.length === 0 ? 'nothing to format' : done.directories.join(', ');
  process.stdout.write(`Cluster ${done.clusterId}: ${formatted}\n`);
}
