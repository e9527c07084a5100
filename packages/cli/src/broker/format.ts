import { formatStorage } from '@tidelog/broker';
import { nodePlatform } from '@tidelog/platform';
import type { Call } from '../command/call.ts';
import { type OutputSettings, writeDone } from '../terminal/output.ts';
import { type BrokerSettings, brokerConfig } from './broker-settings.ts';

export interface FormatSettings extends BrokerSettings, OutputSettings {
  readonly clusterId?: string;
}

/** Prepares the log directories of a configuration, as the first start would; says what was done. */
export async function format(call: Call<FormatSettings>): Promise<void> {
  const { settings } = call;
  const config = brokerConfig(call.args[0], settings);
  const done = formatStorage({
    platform: nodePlatform(),
    config,
    ...(settings.clusterId !== undefined && { clusterId: settings.clusterId }),
  });
  const { clusterId, directories } = done;
  await writeDone(call, [{ clusterId, directories }], () => {
    const formatted = directories.length === 0 ? 'nothing to format' : directories.join(', ');
    return `Cluster ${clusterId}: ${formatted}`;
  });
}
