import { brokerConfigDef, brokerConfigKey, brokerConfigSynonyms } from './broker-configs.ts';
import type { BrokerNetwork } from './broker-network.ts';
import { brokerNetwork } from './broker-network.ts';
import { brokerProblems } from './broker-rules.ts';
import type { ConfigLayers } from './config-layers.ts';
import { effectiveTexts } from './config-layers.ts';
import type { ConfigValue } from './config-value.ts';
import { parseValue } from './config-value.ts';
import { groupConfigSynonyms } from './group-configs.ts';
import type { Listener } from './listeners.ts';
import { topicConfigDef, topicConfigSynonyms } from './topic-configs.ts';

export type ProcessRole = 'broker' | 'controller';

/** All that is wrong with a set of properties, one sentence each. */
export interface BrokerConfigProblems {
  readonly problems: readonly string[];
}

/**
 * The effective configs of one broker or controller: its properties (static), what the cluster
 * sets for all brokers (dynamic default) and what it sets for this one (dynamic), each over the
 * one before. Immutable: a dynamic change makes a new one.
 */
export class BrokerConfig {
  readonly layers: ConfigLayers;
  /** Every property that is in force, as text; plugins find their own here. */
  readonly texts: ReadonlyMap<string, string>;
  readonly network: BrokerNetwork;
  readonly #values: ReadonlyMap<string, ConfigValue>;

  private constructor(
    layers: ConfigLayers,
    texts: ReadonlyMap<string, string>,
    values: ReadonlyMap<string, ConfigValue>,
    network: BrokerNetwork,
  ) {
    this.layers = layers;
    this.texts = texts;
    this.network = network;
    this.#values = values;
  }

  /** Reads and judges a whole configuration; `texts` is what the layers come to. */
  static load(
    layers: ConfigLayers,
    texts: ReadonlyMap<string, string> = effectiveTexts(layers),
  ): { config: BrokerConfig } | BrokerConfigProblems {
    const { values, problems } = brokerConfigDef.parse(texts);
    if (problems.length > 0) return { problems };
    const network = brokerNetwork(values, texts);
    if ('problem' in network) return { problems: [network.problem] };
    const config = new BrokerConfig(layers, texts, values, network.value);
    const further = brokerProblems(config);
    return further.length > 0 ? { problems: further } : { config };
  }

  /** The value of a config of the table; null when it has none. Unknown names are a bug. */
  value(name: string): ConfigValue {
    const value = this.#values.get(name);
    if (value === undefined) throw new Error(`No such broker config: ${name}`);
    return value;
  }

  getBoolean(name: string): boolean {
    const value = this.value(name);
    return typeof value === 'boolean' ? value : mistyped(name, value);
  }

  /** An `int` or a `short`. */
  getInt(name: string): number {
    return this.getDouble(name);
  }

  getDouble(name: string): number {
    const value = this.value(name);
    return typeof value === 'number' ? value : mistyped(name, value);
  }

  /** A `long` as a number: beyond 2^53 it is rounded, which is "no bound" for times and sizes. */
  getLong(name: string): number {
    const value = this.value(name);
    return typeof value === 'bigint' ? Number(value) : mistyped(name, value);
  }

  /** A `string`, `class` or `password`; null when it is not set. */
  getString(name: string): string | null {
    const value = this.value(name);
    return typeof value === 'string' || value === null ? value : mistyped(name, value);
  }

  /** The entries of a `list`; none when it is not set. */
  getList(name: string): readonly string[] {
    const value = this.value(name) ?? [];
    return typeof value === 'object' ? value : mistyped(name, value);
  }

  /** A value for one listener: `listener.name.{listener}.{name}` where given, else the broker's. */
  forListener(listener: string, name: string): ConfigValue {
    const prefixed = `listener.name.${listener.toLowerCase()}.${name}`;
    const text = this.texts.get(prefixed);
    const key = brokerConfigKey(prefixed);
    if (text === undefined || key === undefined) return this.#values.get(name) ?? null;
    const parsed = parseValue(prefixed, text, key.type);
    return 'value' in parsed ? parsed.value : this.value(name);
  }

  /** True when a layer gives this config, under whichever of its names. */
  isSet(name: string): boolean {
    return brokerConfigSynonyms(name).some((synonym) => this.texts.has(synonym));
  }

  get nodeId(): number {
    return this.getInt('node.id');
  }

  get roles(): ReadonlySet<ProcessRole> {
    return new Set(this.getList('process.roles') as readonly ProcessRole[]);
  }

  get logDirs(): readonly string[] {
    return this.getList(this.value('log.dirs') === null ? 'log.dir' : 'log.dirs');
  }

  get metadataLogDir(): string {
    return this.getString('metadata.log.dir') ?? this.logDirs[0] ?? '';
  }

  /** Everything that this process listens on. */
  get listeners(): readonly Listener[] {
    return this.network.listeners;
  }

  /** Those of `listeners` that serve the controller. */
  get controllerListeners(): readonly Listener[] {
    return this.network.listeners.filter((listener) => this.#isController(listener));
  }

  /** Those of `listeners` that serve clients and other brokers. */
  get brokerListeners(): readonly Listener[] {
    return this.network.listeners.filter((listener) => !this.#isController(listener));
  }

  /** What clients and other brokers are told to connect to. */
  get advertisedListeners(): readonly Listener[] {
    return this.network.advertised.filter((listener) => !this.#isController(listener));
  }

  /** What other nodes are told of this controller; no host stands for its own host name. */
  get advertisedControllerListeners(): readonly Listener[] {
    return this.network.advertisedControllers;
  }

  get interBrokerListenerName(): string {
    return this.network.interBroker.name;
  }

  /** log.retention.ms, or its value in minutes or hours; -1 keeps for ever. */
  get logRetentionMs(): number {
    return Number(this.topicDefaults().get('retention.ms'));
  }

  /** What a topic without configs of its own gets, by topic config name. */
  topicDefaults(): Map<string, ConfigValue> {
    const defaults = new Map<string, ConfigValue>();
    for (const [name, synonyms] of topicConfigSynonyms) {
      const synonym = synonyms.find((entry) => this.value(entry.name) !== null);
      if (synonym === undefined) continue;
      const value = this.value(synonym.name);
      const inMs = topicConfigDef.get(name)?.type === 'long' && typeof value === 'number';
      defaults.set(name, inMs ? BigInt(value) * BigInt(synonym.unitMs) : value);
    }
    const retentionMs = defaults.get('retention.ms') as bigint;
    if (retentionMs < 0n) defaults.set('retention.ms', -1n);
    return defaults;
  }

  /** What a group without configs of its own gets, by group config name. */
  groupDefaults(): Map<string, ConfigValue> {
    return new Map([...groupConfigSynonyms].map(([name, broker]) => [name, this.value(broker)]));
  }

  #isController(listener: Listener): boolean {
    return this.getList('controller.listener.names').includes(listener.name);
  }
}

function mistyped(name: string, value: ConfigValue): never {
  throw new Error(`The broker config ${name} was read as something else: ${String(value)}`);
}
