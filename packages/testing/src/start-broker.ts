import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Broker, defaultProperties, StartupError } from '@tidelog/broker';
import { BrokerConfig, staticLayers } from '@tidelog/metadata';
import { nodePlatform } from '@tidelog/platform';

export interface StartBrokerOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** Where the data goes; without it, a temporary directory that is removed by `stop()`. */
  readonly dataDirectory?: string;
  /** Broker configs by Kafka's names, over the defaults of a test. */
  readonly properties?: Readonly<Record<string, string>>;
}

export interface TestBroker extends AsyncDisposable {
  /** `host:port`, for `bootstrap.servers`. */
  readonly bootstrapServers: string;
  readonly port: number;
  readonly dataDirectory: string;
  stop(): Promise<void>;
}

/** Quick answers instead of durability: what a test wants. */
const testProperties: readonly (readonly [string, string])[] = [
  ['tidelog.durability', 'relaxed'],
  ['group.initial.rebalance.delay.ms', '0'],
  ['offsets.topic.num.partitions', '5'],
];

/**
 * Starts a broker inside this process, for tests.
 *
 * @example
 * const broker = await startBroker();
 * const kafka = new Kafka({ brokers: [broker.bootstrapServers] });
 * // ...
 * await broker.stop();
 *
 * @throws StartupError with one sentence: a busy port, a directory in use, an invalid property
 */
export async function startBroker(options: StartBrokerOptions = {}): Promise<TestBroker> {
  const temporary = options.dataDirectory === undefined;
  const dataDirectory = options.dataDirectory ?? mkdtempSync(join(tmpdir(), 'tidelog-'));
  const removeTemporary = () => {
    if (temporary) rmSync(dataDirectory, { recursive: true, force: true });
  };
  const properties = new Map([
    ...defaultProperties({ port: options.port ?? 0, dataDirectory }),
    ...testProperties,
    ...Object.entries(options.properties ?? {}),
  ]);
  const loaded = BrokerConfig.load(staticLayers(properties));
  try {
    if ('problems' in loaded) throw new StartupError(loaded.problems.join(' '));
    const broker = await Broker.start({
      platform: nodePlatform(),
      config: loaded.config,
      hostName: 'localhost',
      log: { info: () => {}, warn: () => {}, error: (message) => console.error(message) },
      onFatal: (error) => console.error(error),
    });
    const { host, port } = broker.addresses[0]!;
    const stop = async () => {
      await broker.stop();
      removeTemporary();
    };
    return {
      bootstrapServers: `${host}:${port}`,
      port,
      dataDirectory,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    removeTemporary();
    throw error;
  }
}
