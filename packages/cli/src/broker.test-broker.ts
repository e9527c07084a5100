import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Broker, defaultProperties } from '@tidelog/broker';
import { BrokerConfig, staticLayers } from '@tidelog/metadata';
import { nodePlatform } from '@tidelog/platform';

export interface TestBroker {
  readonly bootstrapServers: string;
  readonly dataDirectory: string;
  stop(): Promise<void>;
}

/** A broker inside this process, on a free port, with data that is gone when it stops. */
export async function startTestBroker(): Promise<TestBroker> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'tidelog-cli-'));
  const loaded = BrokerConfig.load(
    staticLayers(
      new Map([
        ...defaultProperties({ port: 0, dataDirectory }),
        ['tidelog.durability', 'relaxed'],
        ['group.initial.rebalance.delay.ms', '0'],
        ['offsets.topic.num.partitions', '1'],
        ['transaction.state.log.num.partitions', '1'],
        ['share.coordinator.state.topic.num.partitions', '1'],
      ]),
    ),
  );
  if ('problems' in loaded) throw new Error(loaded.problems.join(' '));
  const broker = await Broker.start({
    platform: nodePlatform(),
    config: loaded.config,
    hostName: 'localhost',
    log: { info: () => {}, warn: () => {}, error: (message) => console.error(message) },
    onFatal: (error) => console.error(error),
  });
  const { host, port } = broker.addresses[0]!;
  return {
    bootstrapServers: `${host}:${port}`,
    dataDirectory,
    stop: async () => {
      await broker.stop();
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}
