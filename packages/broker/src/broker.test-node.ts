import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrokerConfig, staticLayers } from '@tidelog/metadata';
import { ClientConnection } from '@tidelog/network';
import { type Platform, nodePlatform } from '@tidelog/platform';
import { Broker } from './broker.ts';
import { defaultProperties } from './config/default-properties.ts';
import { MemoryNetwork } from './memory.test-network.ts';

export type Properties = Readonly<Record<string, string>>;

const testProperties: Properties = {
  'tidelog.durability': 'relaxed',
  'group.initial.rebalance.delay.ms': '0',
  'offsets.topic.num.partitions': '5',
};

/** Where fsync costs nothing, on the systems that have such a place. */
const memoryDirectory = '/dev/shm';

export function newDirectory(): string {
  const parent = existsSync(memoryDirectory) ? memoryDirectory : tmpdir();
  return mkdtempSync(join(parent, 'tidelog-broker-'));
}

/** A broker on the real disk and an in-memory network, with all that it said. */
export class TestNode {
  readonly network = new MemoryNetwork();
  readonly directory: string;
  readonly warnings: string[] = [];
  /** Faults of handlers and whatever else must never happen. */
  readonly faults: string[] = [];
  readonly #properties: Properties;
  #broker: Broker | null = null;

  /** What is not that of Node. */
  readonly #platform: Partial<Platform>;

  static async start(
    properties: Properties = {},
    options: Partial<Platform> & { readonly directory?: string } = {},
  ): Promise<TestNode> {
    const { directory = newDirectory(), ...platform } = options;
    const node = new TestNode(directory, properties, platform);
    await node.start();
    return node;
  }

  private constructor(directory: string, properties: Properties, platform: Partial<Platform>) {
    this.directory = directory;
    this.#properties = properties;
    this.#platform = platform;
  }

  get broker(): Broker {
    return this.#broker!;
  }

  get port(): number {
    return this.broker.addresses[0]!.port;
  }

  async start(): Promise<void> {
    const layers = new Map([
      ...defaultProperties({ port: 0, dataDirectory: this.directory }),
      ...Object.entries({ ...testProperties, ...this.#properties }),
    ]);
    const loaded = BrokerConfig.load(staticLayers(layers));
    if ('problems' in loaded) throw new Error(loaded.problems.join(' '));
    this.#broker = await Broker.start({
      platform: { ...nodePlatform(), network: this.network, ...this.#platform },
      config: loaded.config,
      hostName: 'localhost',
      log: {
        info: () => {},
        warn: (message) => this.warnings.push(message),
        error: (message) => this.faults.push(message),
      },
      onFatal: (error) => this.faults.push(String(error.stack)),
    });
  }

  connect(clientId = 'test'): Promise<ClientConnection> {
    return ClientConnection.connect({
      network: this.network,
      clock: this.broker.clock,
      address: { host: '127.0.0.1', port: this.port },
      clientId,
      connectTimeoutMs: 1000,
      requestTimeoutMs: 10_000,
      maxResponseBytes: 100_000_000,
    });
  }

  async stop(): Promise<void> {
    await this.broker.stop();
  }

  /** Stops and removes the data. */
  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
