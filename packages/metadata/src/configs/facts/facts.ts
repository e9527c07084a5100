import { readFileSync } from 'node:fs';

/** One config as Apache Kafka 4.3.1 defines it. */
export interface ConfigFact {
  readonly name: string;
  readonly type: string;
  /** The text form; null is "not set". */
  readonly default: string | null;
  readonly importance: string;
  readonly internal?: true;
  readonly mode?: string;
  readonly validator?: {
    readonly class: string;
    readonly text: string;
    readonly min?: number;
    readonly max?: number;
    readonly values?: readonly string[];
    readonly emptyAllowed?: boolean;
    readonly nullAllowed?: boolean;
  };
}

export interface ConfigFacts {
  readonly kafkaVersion: string;
  readonly broker: readonly ConfigFact[];
  readonly brokerQuota: readonly ConfigFact[];
  readonly topic: readonly ConfigFact[];
  readonly group: readonly ConfigFact[];
  readonly clientMetrics: readonly ConfigFact[];
  /** Broker config and the milliseconds of its unit, in the order of precedence. */
  readonly topicSynonyms: Readonly<Record<string, readonly (readonly [string, number])[]>>;
  readonly groupSynonyms: Readonly<Record<string, string | null>>;
}

/** What Apache Kafka answers for one text form: the value's own text form, or the complaint. */
export interface ValueCheck {
  readonly def: 'topic' | 'broker' | 'group';
  readonly name: string;
  readonly text: string;
  readonly value?: string;
  readonly problem?: string;
}

/** What Apache Kafka makes of the properties of one process. */
export interface BrokerCheck {
  readonly properties: Readonly<Record<string, string>>;
  readonly refused?: true;
  readonly nodeId?: number;
  readonly logDirs?: readonly string[];
  readonly metadataLogDir?: string;
  /** `name host port protocol`. */
  readonly listeners?: readonly string[];
  readonly advertised?: readonly string[];
  readonly advertisedControllers?: readonly string[];
  readonly interBroker?: string;
  /** Those that differ from the defaults of the definition. */
  readonly topicDefaults?: Readonly<Record<string, string>>;
}

export const configFacts = load('kafka-4.3-configs.json') as ConfigFacts;
export const valueChecks = load('kafka-4.3-value-checks.json') as ValueCheck[];
export const brokerChecks = load('kafka-4.3-brokers.json') as BrokerCheck[];

function load(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));
}
