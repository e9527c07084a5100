import { DerivedRandom } from '@tidelog/platform';
import type { RequestInput } from '@tidelog/protocol';
import { BrokerConfig } from '../configs/broker-config.ts';
import { staticLayers } from '../configs/config-layers.ts';
import type { ControllerApi, ReplyTo } from '../controller/commands.ts';
import { Controller } from '../controller/controller.ts';
import { defaultFeatureLevels, supportedFeatures } from '../features/features.ts';
import { scramKeysOf } from '../log/scram-keys.ts';
import { MetadataImage } from '../image/metadata-image.ts';
import type { MetadataRecord } from '../records/metadata-record.ts';

/** A small generator with a seed, so that a test always sees the same choices. */
export class SeededRandom extends DerivedRandom {
  #state: number;

  constructor(seed = 1) {
    super();
    this.#state = seed;
  }

  uint32(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t ^= t + Math.imul(t ^ (t >>> 7), 61 | t);
    return (t ^ (t >>> 14)) >>> 0;
  }
}

const PROPERTIES = new Map([
  ['process.roles', 'broker,controller'],
  ['node.id', '1'],
  ['listeners', 'PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093'],
  ['controller.listener.names', 'CONTROLLER'],
  ['controller.quorum.bootstrap.servers', 'localhost:9093'],
  ['log.dirs', '/data'],
]);

export function testConfig(properties: Readonly<Record<string, string>> = {}): BrokerConfig {
  const loaded = BrokerConfig.load(
    staticLayers(new Map([...PROPERTIES, ...Object.entries(properties)])),
  );
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
  return loaded.config;
}

/** A controller with its log in memory: decides, appends and applies at once. */
export class TestCluster {
  readonly random = new SeededRandom();
  readonly image = new MetadataImage();
  readonly log: MetadataRecord[] = [];
  readonly controller: Controller;
  now = 0;
  readonly #directories = new Map<number, string>();

  constructor(properties: Readonly<Record<string, string>> = {}) {
    const config = testConfig(properties);
    const parts = { clusterId: 'cluster', config, random: this.random, image: this.image };
    const given = { ...parts, kraftVersion: 1, scramKeysOf };
    this.controller = new Controller(given, { now: 0, offset: 0 });
    const features = Array.from(defaultFeatureLevels, ([name, featureLevel]) => ({
      type: 'FeatureLevel' as const,
      name,
      featureLevel,
    }));
    this.append(features);
  }

  append(records: readonly MetadataRecord[]): void {
    for (const record of records) {
      this.controller.apply(record, this.log.length);
      this.log.push(record);
    }
  }

  submit<A extends ControllerApi>(api: A, request: RequestInput<A>, version = 99): ReplyTo<A> {
    const at = { now: this.now, nextOffset: this.log.length };
    const command = { api, request: request as never, version };
    const { records, reply } = this.controller.decide(command, at);
    this.append(records);
    return reply;
  }

  /** Registers a broker and unfences it; returns its epoch. */
  addBroker(id: number, rack: string | null = null): number {
    const { brokerEpoch = -1 } = this.register(id, rack);
    this.heartbeat(id, brokerEpoch);
    return brokerEpoch;
  }

  register(
    id: number,
    rack: string | null = null,
    change: Partial<RequestInput<'BrokerRegistration'>> = {},
  ): ReplyTo<'BrokerRegistration'> {
    return this.submit('BrokerRegistration', {
      brokerId: id,
      clusterId: 'cluster',
      incarnationId: this.random.uuid(),
      listeners: [{ name: 'PLAINTEXT', host: 'localhost', port: 9092, securityProtocol: 0 }],
      features: Array.from(supportedFeatures, ([name, { min, max }]) => ({
        name,
        minSupportedVersion: min,
        maxSupportedVersion: max,
      })),
      rack,
      isMigratingZkBroker: false,
      logDirs: [this.#directoryOf(id)],
      previousBrokerEpoch: -1,
      ...change,
    });
  }

  /** A broker comes back with the directory that it had. */
  #directoryOf(id: number): string {
    const directory = this.#directories.get(id) ?? this.random.uuid();
    this.#directories.set(id, directory);
    return directory;
  }

  heartbeat(
    id: number,
    epoch: number,
    change: Partial<RequestInput<'BrokerHeartbeat'>> = {},
  ): ReplyTo<'BrokerHeartbeat'> {
    return this.submit('BrokerHeartbeat', {
      brokerId: id,
      brokerEpoch: epoch,
      currentMetadataOffset: this.log.length,
      wantFence: false,
      wantShutDown: false,
      offlineLogDirs: [],
      cordonedLogDirs: null,
      ...change,
    });
  }

  /** Lets time pass; whatever the controller has to do by then, it does. */
  advance(ms: number): void {
    this.now += ms;
    for (;;) {
      const records = this.controller.tick(this.now);
      if (records.length === 0) break;
      this.append(records);
      this.controller.appended(this.now);
    }
  }

  createTopic(name: string, options: Partial<CreatableTopic> = {}): ReplyTo<'CreateTopics'> {
    const topic = { ...DEFAULT_TOPIC, name, ...options };
    return this.submit('CreateTopics', { topics: [topic], timeoutMs: 1000, validateOnly: false });
  }
}

type CreatableTopic = RequestInput<'CreateTopics'>['topics'][number];

const DEFAULT_TOPIC = { numPartitions: -1, replicationFactor: -1, assignments: [], configs: [] };
