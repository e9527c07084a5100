import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BrokerConfig } from './broker-config.ts';
import { clientMetricsConfigProblem } from './client-metrics-configs.ts';
import { staticLayers } from './config-layers.ts';
import type { DescribedConfig } from './describe-configs.ts';
import {
  CONFIG_SOURCE,
  describeBrokerConfigs,
  describeBrokerDefaults,
  describeClientMetricsConfigs,
  describeGroupConfigs,
  describeTopicConfigs,
} from './describe-configs.ts';
import { applyDynamicConfigs, dynamicConfigProblems } from './dynamic-configs.ts';
import { groupConfigProblem } from './group-configs.ts';
import { topicConfigProblem } from './topic-configs.ts';

/** `[value, source, is sensitive, is read-only, type, synonyms]` of each config. */
type Described = Record<string, readonly [...unknown[]]>;

/** What a client did with a broker of Apache Kafka, and what it was answered. */
interface Step {
  readonly alter?: readonly [type: string, name: string];
  readonly describe?: readonly [type: string, name: string];
  /** The values to set, null to delete; or what was described. */
  readonly configs: Readonly<Record<string, string | null>> | Described;
  /** Only some were asked for. */
  readonly partial?: true;
  /** Only those that are not defaults were recorded. */
  readonly changedOnly?: true;
  readonly refused?: true;
}

interface Recording {
  readonly properties: Readonly<Record<string, string>>;
  readonly topics: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly steps: readonly Step[];
}

const file = new URL('facts/kafka-4.3-describe.json', import.meta.url);
const recording = JSON.parse(readFileSync(file, 'utf8')) as Recording;

const SOURCES = new Map<number, string>([
  [CONFIG_SOURCE.dynamicTopic, 'DYNAMIC_TOPIC_CONFIG'],
  [CONFIG_SOURCE.dynamicBroker, 'DYNAMIC_BROKER_CONFIG'],
  [CONFIG_SOURCE.dynamicDefaultBroker, 'DYNAMIC_DEFAULT_BROKER_CONFIG'],
  [CONFIG_SOURCE.staticBroker, 'STATIC_BROKER_CONFIG'],
  [CONFIG_SOURCE.default, 'DEFAULT_CONFIG'],
  [CONFIG_SOURCE.clientMetrics, 'DYNAMIC_CLIENT_METRICS_CONFIG'],
  [CONFIG_SOURCE.group, 'DYNAMIC_GROUP_CONFIG'],
]);
const TYPES = 'UNKNOWN BOOLEAN STRING INT SHORT LONG DOUBLE LIST CLASS PASSWORD'.split(' ');

/** A cluster of one broker that keeps configs and judges changes of them. */
class Replay {
  #config: BrokerConfig;
  readonly #stored = new Map<string, Map<string, string>>();

  constructor({ properties, topics }: Recording) {
    const loaded = BrokerConfig.load(staticLayers(new Map(Object.entries(properties))));
    if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
    this.#config = loaded.config;
    for (const [topic, configs] of Object.entries(topics)) {
      this.#stored.set(`TOPIC ${topic}`, new Map(Object.entries(configs)));
    }
  }

  /** Answers whether the change is refused. */
  alter(type: string, name: string, changes: Readonly<Record<string, string | null>>): boolean {
    const texts = new Map(this.#texts(type, name));
    for (const [config, text] of Object.entries(changes)) {
      if (text === null) texts.delete(config);
      else texts.set(config, text);
    }
    if (this.#isRefused(type, name, texts)) return true;
    this.#stored.set(`${type} ${name}`, texts);
    if (type === 'BROKER') {
      const level = name === '' ? 'cluster' : 'broker';
      this.#config = applyDynamicConfigs(this.#config, texts, level).config;
    }
    return false;
  }

  describe(type: string, name: string): Described {
    return Object.fromEntries(
      this.#describe(type, name)
        .filter((config) => !config.name.startsWith('tidelog.'))
        .map((config) => [config.name, asRecorded(config)]),
    );
  }

  #describe(type: string, name: string): DescribedConfig[] {
    const own = this.#texts(type, name);
    if (type === 'TOPIC') return describeTopicConfigs(this.#config, own);
    if (type === 'GROUP') return describeGroupConfigs(this.#config, own);
    if (type === 'CLIENT_METRICS') return describeClientMetricsConfigs(own);
    return name === '' ? describeBrokerDefaults(this.#config) : describeBrokerConfigs(this.#config);
  }

  #isRefused(type: string, name: string, texts: ReadonlyMap<string, string>): boolean {
    const config = this.#config;
    if (type === 'TOPIC') {
      return topicConfigProblem(texts, { defaults: config.topicDefaults() }) !== undefined;
    }
    if (type === 'GROUP') {
      return groupConfigProblem(texts, (broker) => config.getInt(broker)) !== undefined;
    }
    if (type === 'CLIENT_METRICS') return clientMetricsConfigProblem(name, texts) !== undefined;
    return dynamicConfigProblems(config, texts, name === '' ? 'cluster' : 'broker').length > 0;
  }

  #texts(type: string, name: string): ReadonlyMap<string, string> {
    return this.#stored.get(`${type} ${name}`) ?? new Map();
  }
}

function asRecorded(config: DescribedConfig): readonly unknown[] {
  const synonyms = config.synonyms.map(({ name, value, source }) => [
    name,
    value,
    SOURCES.get(source),
  ]);
  const { value, configSource, isSensitive, readOnly, configType } = config;
  return [value, SOURCES.get(configSource), isSensitive, readOnly, TYPES[configType], synonyms];
}

const replay = new Replay(recording);

it.each(recording.steps.map((step, index) => [index, step] as const))(
  'answers step %i of a client as Apache Kafka does: %j',
  (_index, step) => {
    expect(answer(step)).toEqual(step.alter ? (step.refused ?? false) : step.configs);
  },
);

function answer({ alter, describe, configs, partial, changedOnly }: Step): unknown {
  if (alter !== undefined) return replay.alter(...alter, configs as Record<string, string | null>);
  const described = Object.entries(replay.describe(...(describe ?? ['', ''])));
  const compared = described.filter(([name, config]) =>
    changedOnly ? config[1] !== 'DEFAULT_CONFIG' : !partial || name in configs,
  );
  return Object.fromEntries(compared);
}
