import type { ConfigRule } from './config-rule.ts';
import { checkRule } from './config-rule.ts';
import type { ConfigType, ConfigValue, Parsed } from './config-value.ts';
import { parseValue } from './config-value.ts';

export type Importance = 'high' | 'medium' | 'low';

/**
 * Whether a running broker takes a new value (KIP-226): never, for one broker or for all of them
 * at once, or for one broker alone.
 */
export type UpdateMode = 'read-only' | 'cluster-wide' | 'per-broker';

/** The default of a config that must be given. */
export const REQUIRED = Symbol('required');

export interface ConfigKey {
  readonly name: string;
  readonly type: ConfigType;
  readonly default: ConfigValue | typeof REQUIRED;
  readonly rule: ConfigRule | undefined;
  readonly importance: Importance;
  readonly mode: UpdateMode;
  /** Not shown by DescribeConfigs unless someone set it. */
  readonly internal: boolean;
  /** `tidelog` marks what Apache Kafka does not have. */
  readonly origin: 'kafka' | 'tidelog';
  readonly doc: string;
}

export interface KeyFacts {
  readonly rule?: ConfigRule;
  readonly importance: Importance;
  readonly mode?: UpdateMode;
  readonly internal?: boolean;
  readonly origin?: 'tidelog';
  readonly doc: string;
}

type Default<T> = T | null | typeof REQUIRED;

export function boolean(name: string, value: Default<boolean>, facts: KeyFacts): ConfigKey {
  return key(name, 'boolean', value, facts);
}

export function string(name: string, value: Default<string>, facts: KeyFacts): ConfigKey {
  return key(name, 'string', value, facts);
}

export function int(name: string, value: Default<number>, facts: KeyFacts): ConfigKey {
  return key(name, 'int', value, facts);
}

export function short(name: string, value: Default<number>, facts: KeyFacts): ConfigKey {
  return key(name, 'short', value, facts);
}

export function long(name: string, value: Default<number | bigint>, facts: KeyFacts): ConfigKey {
  return key(name, 'long', typeof value === 'number' ? BigInt(value) : value, facts);
}

export function double(name: string, value: Default<number>, facts: KeyFacts): ConfigKey {
  return key(name, 'double', value, facts);
}

export function list(name: string, value: Default<readonly string[]>, facts: KeyFacts): ConfigKey {
  return key(name, 'list', value, facts);
}

export function classNamed(name: string, value: Default<string>, facts: KeyFacts): ConfigKey {
  return key(name, 'class', value, facts);
}

export function password(name: string, value: Default<string>, facts: KeyFacts): ConfigKey {
  return key(name, 'password', value, facts);
}

function key(
  name: string,
  type: ConfigType,
  value: ConfigValue | typeof REQUIRED,
  facts: KeyFacts,
): ConfigKey {
  return {
    name,
    type,
    default: value,
    rule: facts.rule,
    importance: facts.importance,
    mode: facts.mode ?? 'read-only',
    internal: facts.internal ?? false,
    origin: facts.origin ?? 'kafka',
    doc: facts.doc,
  };
}

/** Reads and checks one value of a config. */
export function parseConfig(key: ConfigKey, text: string): Parsed<ConfigValue> {
  const parsed = parseValue(key.name, text, key.type);
  if ('problem' in parsed) return parsed;
  let { value } = parsed;
  if (key.rule?.kind === 'list') value = [...new Set(value as readonly string[])];
  const problem = key.rule && checkRule(key, key.rule, value);
  return problem === undefined ? { value } : { problem };
}

/** True where a value must never be shown. An unknown config may be a secret, so it counts. */
export function isSensitive(key: ConfigKey | undefined): boolean {
  return key === undefined || key.type === 'password';
}

/** The configs of one kind of resource, in the order of their definition. */
export class ConfigDef {
  readonly #keys: ReadonlyMap<string, ConfigKey>;

  constructor(keys: readonly ConfigKey[]) {
    this.#keys = new Map(keys.map((entry) => [entry.name, entry]));
  }

  get(name: string): ConfigKey | undefined {
    return this.#keys.get(name);
  }

  has(name: string): boolean {
    return this.#keys.has(name);
  }

  names(): string[] {
    return [...this.#keys.keys()];
  }

  keys(): ConfigKey[] {
    return [...this.#keys.values()];
  }

  /**
   * Reads every config of this definition: from `texts` where it is there, from `defaults` next,
   * its own default otherwise. Names that are not defined here are passed over. `problems` is
   * empty when all are valid.
   */
  parse(
    texts: ReadonlyMap<string, string>,
    defaults?: ReadonlyMap<string, ConfigValue>,
  ): { values: Map<string, ConfigValue>; problems: string[] } {
    const values = new Map<string, ConfigValue>();
    const problems: string[] = [];
    for (const entry of this.#keys.values()) {
      const text = texts.get(entry.name);
      if (text === undefined && defaults === undefined && entry.default !== REQUIRED) {
        values.set(entry.name, entry.default); // most of them
        continue;
      }
      const parsed = valueOf(entry, text, defaults?.get(entry.name));
      if ('problem' in parsed) problems.push(parsed.problem);
      else values.set(entry.name, parsed.value);
    }
    return { values, problems };
  }
}

function valueOf(
  key: ConfigKey,
  text: string | undefined,
  given: ConfigValue | undefined,
): Parsed<ConfigValue> {
  if (text !== undefined) return parseConfig(key, text);
  if (given !== undefined) {
    const problem = key.rule && checkRule(key, key.rule, given);
    return problem === undefined ? { value: given } : { problem };
  }
  if (key.default !== REQUIRED) return { value: key.default };
  return { problem: `Missing required configuration "${key.name}" which has no default value.` };
}
