import type { RequestInput } from '@tidelog/protocol';
import type { CallOptions } from '../cluster/cluster.ts';
import { checkAnswer } from './check-answer.ts';
import type { AdminCalls, ItemOptions } from './admin-calls.ts';
import { toBroker } from './routes.ts';
import type { ValidateOptions } from './topics.ts';

const resourceTypes = { topic: 2, broker: 4, 'broker-logger': 8, 'client-metrics': 16, group: 32 };

export type ConfigResourceType = keyof typeof resourceTypes;

export interface ConfigResource {
  readonly type: ConfigResourceType;
  /** A topic, a broker's id (empty: the default of all brokers), a group, a subscription of metrics. */
  readonly name: string;
}

/** Where a value comes from, as `DescribeConfigs` counts. */
const sources = [
  'unknown',
  'topic',
  'broker',
  'broker-default',
  'static',
  'default',
  'broker-logger',
  'client-metrics',
  'group',
] as const;

export type ConfigSource = (typeof sources)[number];

const valueTypes = [
  'unknown',
  'boolean',
  'string',
  'int',
  'short',
  'long',
  'double',
  'list',
  'class',
  'password',
] as const;

export interface ConfigSynonym {
  readonly name: string;
  readonly value: string | null;
  readonly source: ConfigSource;
}

export interface ConfigEntry {
  readonly name: string;
  /** Null where it is not set, or secret. */
  readonly value: string | null;
  readonly source: ConfigSource;
  readonly isReadOnly: boolean;
  readonly isSensitive: boolean;
  readonly type: (typeof valueTypes)[number];
  /** Null unless it was asked for, and where there is none. */
  readonly documentation: string | null;
  /** All places that set it, the one that counts first; empty unless they were asked for. */
  readonly synonyms: readonly ConfigSynonym[];
}

export interface ResourceConfig extends ConfigResource {
  readonly configs: readonly ConfigEntry[];
}

const operations = { set: 0, delete: 1, append: 2, subtract: 3 } as const;

export interface ConfigChange {
  readonly name: string;
  readonly operation: keyof typeof operations;
  /** Not for `delete`, which brings the default back. */
  readonly value?: string;
}

export interface ResourceChange extends ConfigResource {
  readonly changes: readonly ConfigChange[];
}

export interface DescribeConfigsOptions extends ItemOptions<ConfigResource> {
  readonly includeSynonyms?: boolean | undefined;
  readonly includeDocumentation?: boolean | undefined;
}

/** What an admin does with configurations. What is a broker's own, only that broker knows. */
export function configOperations(calls: AdminCalls) {
  const { cluster } = calls;
  return {
    describeConfigs: (
      resources: readonly ConfigResource[],
      options: DescribeConfigsOptions = {},
    ): Promise<ResourceConfig[]> =>
      calls.each<ConfigResource, ResourceConfig>(
        resources,
        {
          route: toBroker(cluster, (resource) => ownBroker(resource)),
          keyOf: resourceKey,
          subjectOf: resourceKey,
          ask: async ({ send }, resources, heard) => {
            const response = await send('DescribeConfigs', {
              resources: resources.map(({ type, name }) => ({
                resourceType: resourceTypes[type],
                resourceName: name,
                configurationKeys: null,
              })),
              includeSynonyms: options.includeSynonyms ?? false,
              includeDocumentation: options.includeDocumentation ?? false,
            });
            for (const result of response.results) {
              const resource = { type: typeOf(result.resourceType), name: result.resourceName };
              const configs = result.configs.map(configEntry);
              heard(resourceKey(resource), result, { ...resource, configs });
            }
          },
        },
        options,
      ),

    /** Changes single values; the others stay as they are. */
    incrementalAlterConfigs: async (
      resources: readonly ResourceChange[],
      options: ValidateOptions<ResourceChange> = {},
    ): Promise<void> => {
      await calls.each<ResourceChange, null>(
        resources,
        {
          route: toBroker(cluster, (resource) => ownBroker(resource)),
          keyOf: resourceKey,
          subjectOf: resourceKey,
          ask: async ({ send }, resources, heard) => {
            const response = await send('IncrementalAlterConfigs', {
              resources: resources.map(alteration),
              validateOnly: options.validateOnly ?? false,
            });
            for (const result of response.responses) {
              const resource = { type: typeOf(result.resourceType), name: result.resourceName };
              heard(resourceKey(resource), result, null);
            }
          },
        },
        options,
      );
    },

    /** The resources that have a configuration; of all types when none is named (Kafka 4.1). */
    listConfigResources: (
      types: readonly ConfigResourceType[] = [],
      options: CallOptions = {},
    ): Promise<ConfigResource[]> =>
      calls.once(async () => {
        // The version before knows only the metrics of clients, and does not ask for types.
        const isOldKind = types.length === 1 && types[0] === 'client-metrics';
        const resourceTypesWanted = types.map((type) => resourceTypes[type]);
        const response = isOldKind
          ? await cluster.sendToAny('ListConfigResources', {}, { maxVersion: 0 })
          : await cluster.sendToAny(
              'ListConfigResources',
              { resourceTypes: resourceTypesWanted },
              { minVersion: 1 },
            );
        checkAnswer(response, 'config resources');
        return response.configResources.map(({ resourceType, resourceName }) => ({
          type: typeOf(resourceType),
          name: resourceName,
        }));
      }, options),
  };
}

function configEntry(config: {
  readonly name: string;
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly configSource: number;
  readonly isSensitive: boolean;
  readonly synonyms: readonly { name: string; value: string | null; source: number }[];
  readonly configType: number;
  readonly documentation: string | null;
}): ConfigEntry {
  return {
    name: config.name,
    value: config.value,
    source: sources[config.configSource] ?? 'unknown',
    isReadOnly: config.readOnly,
    isSensitive: config.isSensitive,
    type: valueTypes[config.configType] ?? 'unknown',
    documentation: config.documentation || null,
    synonyms: config.synonyms.map(({ name, value, source }) => ({
      name,
      value,
      source: sources[source] ?? 'unknown',
    })),
  };
}

function alteration({
  type,
  name,
  changes,
}: ResourceChange): RequestInput<'IncrementalAlterConfigs'>['resources'][number] {
  return {
    resourceType: resourceTypes[type],
    resourceName: name,
    configs: changes.map(({ name, operation, value }) => ({
      name,
      configOperation: operations[operation],
      value: value ?? null,
    })),
  };
}

function ownBroker({ type, name }: ConfigResource): number | null {
  return type.startsWith('broker') && name !== '' ? Number(name) : null;
}

function typeOf(code: number): ConfigResourceType {
  const found = Object.entries(resourceTypes).find(([, value]) => value === code);
  return (found?.[0] ?? 'topic') as ConfigResourceType;
}

function resourceKey({ type, name }: ConfigResource): string {
  return `${type} ${name}`;
}
