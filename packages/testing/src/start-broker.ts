import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Broker, defaultProperties, StartupError } from '@tidelog/broker';
import { BrokerConfig, staticLayers } from '@tidelog/metadata';
import { MemoryDisk, nodePlatform, type Platform, SteppedBackground } from '@tidelog/platform';

export interface StartBrokerOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /**
   * Where the records go: the memory of this process, the default, or a temporary directory that `stop()`
   * removes. A gigabyte of records belongs into a directory.
   */
  readonly storage?: 'memory' | 'directory';
  /** Keeps the records in this directory, for another broker that is started on it. */
  readonly dataDirectory?: string;
  /** Broker configs by Kafka's names, over the defaults of a test. */
  readonly properties?: Readonly<Record<string, string>>;
}

export interface TestBroker extends AsyncDisposable {
  /** `host:port`, for `bootstrap.servers`. */
  readonly bootstrapServers: string;
  readonly port: number;
  /** Null where the records are in memory. */
  readonly dataDirectory: string | null;
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
  const place = placeOf(options);
  const properties = new Map([
    ...defaultProperties({ port: options.port ?? 0, dataDirectory: place.path }),
    ...testProperties,
    ...Object.entries(options.properties ?? {}),
  ]);
  const loaded = BrokerConfig.load(staticLayers(properties));
  try {
    if ('problems' in loaded) throw new StartupError(loaded.problems.join(' '));
    const broker = await Broker.start({
      platform: place.platform,
      config: loaded.config,
      hostName: 'localhost',
      log: { info: () => {}, warn: () => {}, error: (message) => console.error(message) },
      onFatal: (error) => console.error(error),
    });
    const { host, port } = broker.addresses[0]!;
    const stop = async () => {
      await broker.stop();
      place.remove();
    };
    return {
      bootstrapServers: `${host}:${port}`,
      port,
      dataDirectory: place.dataDirectory,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    place.remove();
    throw error;
  }
}

/** Where a broker keeps its records, and what it stands on there. */
interface Place {
  readonly platform: Platform;
  readonly path: string;
  readonly dataDirectory: string | null;
  readonly remove: () => void;
}

function placeOf({ dataDirectory, storage }: StartBrokerOptions): Place {
  const platform = nodePlatform();
  if (dataDirectory !== undefined) {
    if (storage === 'memory') throw new StartupError('dataDirectory is no place in memory');
    return { platform, path: dataDirectory, dataDirectory, remove: () => {} };
  }
  if (storage === 'directory') {
    const path = mkdtempSync(join(tmpdir(), 'tidelog-'));
    const remove = () => rmSync(path, { recursive: true, force: true });
    return { platform, path, dataDirectory: path, remove };
  }
  const { clock } = platform;
  const disk = new MemoryDisk(clock);
  // Other threads see nothing of this disk, so the cleaner works in this one.
  const background = new SteppedBackground({ clock, disk });
  return {
    platform: { ...platform, disk, background },
    path: '/memory',
    dataDirectory: null,
    remove: () => {},
  };
}
