import { BrokerConfig } from './broker-config.ts';
import { isKnownBrokerProperty, nearestConfigName } from './broker-configs.ts';
import { brokerWarnings } from './broker-rules.ts';
import { staticLayers } from './config-layers.ts';
import type { Parsed } from './config-value.ts';
import { parseProperties } from './java-properties.ts';

/** A property that nothing here knows; Apache Kafka warns of it and goes on. */
export interface UnknownProperty {
  readonly name: string;
  readonly nearest: string | undefined;
}

export interface LoadedProperties {
  readonly config: BrokerConfig;
  readonly unknown: readonly UnknownProperty[];
  readonly warnings: readonly string[];
}

export interface FailedProperties {
  readonly problems: readonly string[];
  readonly unknown: readonly UnknownProperty[];
}

/**
 * Reads the text of a `server.properties` file with overrides on top, as given by
 * `-X name=value` or in code, into the configuration of a broker.
 */
export function loadServerProperties(
  text: string,
  overrides: ReadonlyMap<string, string> = new Map(),
): LoadedProperties | FailedProperties {
  const file = parseProperties(text);
  if ('problem' in file) return { problems: [file.problem], unknown: [] };
  const properties = new Map([...file.value, ...overrides]);
  const unknown = [...properties.keys()]
    .filter((name) => !isKnownBrokerProperty(name, properties))
    .map((name) => ({ name, nearest: nearestConfigName(name) }));
  const loaded = BrokerConfig.load(staticLayers(properties));
  if ('problems' in loaded) return { problems: loaded.problems, unknown };
  return { config: loaded.config, unknown, warnings: brokerWarnings(loaded.config) };
}

/** Reads the `name=value` of an `-X` option. */
export function parseOverride(text: string): Parsed<{ name: string; value: string }> {
  const equals = text.indexOf('=');
  const name = text.slice(0, equals).trim();
  if (equals < 0 || name === '') return { problem: `'${text}' is not of the form name=value.` };
  return { value: { name, value: text.slice(equals + 1).trim() } };
}
