import type { ConfigEntry, ConfigSource as CoreSource } from '../../index.ts';
import type { Ask } from '../admin.ts';

export const ConfigResourceTypes = { UNKNOWN: 0, TOPIC: 2, BROKER: 4, BROKER_LOGGER: 8 } as const;
export type ConfigResourceTypes = (typeof ConfigResourceTypes)[keyof typeof ConfigResourceTypes];

export const ConfigSource = {
  UNKNOWN: 0,
  TOPIC_CONFIG: 1,
  DYNAMIC_BROKER_CONFIG: 2,
  DYNAMIC_DEFAULT_BROKER_CONFIG: 3,
  STATIC_BROKER_CONFIG: 4,
  DEFAULT_CONFIG: 5,
  DYNAMIC_BROKER_LOGGER_CONFIG: 6,
} as const;

const types = { 2: 'topic', 4: 'broker', 8: 'broker-logger' } as const;
type KnownType = keyof typeof types;

/** The numbers of kafkajs, and of the wire. */
const sources: Readonly<Record<CoreSource, number>> = {
  unknown: 0,
  topic: 1,
  broker: 2,
  'broker-default': 3,
  static: 4,
  default: 5,
  'broker-logger': 6,
  'client-metrics': 7,
  group: 8,
};

export interface ResourceConfigQuery {
  readonly type: ConfigResourceTypes;
  readonly name: string;
  readonly configNames?: string[];
}

export interface IResourceConfig {
  readonly type: ConfigResourceTypes;
  readonly name: string;
  readonly configEntries: { name: string; value: string }[];
}

/** What kafkajs's admin does with configurations. */
export function configOperations(ask: Ask) {
  return {
    describeConfigs: async ({
      resources,
      includeSynonyms = false,
    }: {
      resources: ResourceConfigQuery[];
      includeSynonyms?: boolean;
    }) => {
      const asked = resources.map(({ type, name }) => ({ type: types[type as KnownType], name }));
      const described = await ask((admin) => admin.describeConfigs(asked, { includeSynonyms }));
      return {
        resources: described.map(({ name, configs }, i) => {
          const { type, configNames } = resources[i]!;
          const wanted = configs.filter((entry) => configNames?.includes(entry.name) ?? true);
          return {
            configEntries: wanted.map(configEntry),
            errorCode: 0,
            errorMessage: null,
            resourceName: name,
            resourceType: type,
          };
        }),
        throttleTime: 0,
      };
    },

    /** As kafkajs says it: what is not named goes back to its default. */
    alterConfigs: async ({
      resources,
      validateOnly = false,
    }: {
      resources: IResourceConfig[];
      validateOnly?: boolean;
    }) => {
      const asked = resources.map(({ type, name }) => ({ type: types[type as KnownType], name }));
      const described = await ask((admin) => admin.describeConfigs(asked));
      const changes = asked.map((resource, i) => {
        const { configEntries } = resources[i]!;
        const named = new Set(configEntries.map(({ name }) => name));
        const set = configEntries.map((entry) => ({ operation: 'set' as const, ...entry }));
        const own = described[i]!.configs.filter(({ source }) => source === resource.type);
        const dropped = own
          .filter(({ name }) => !named.has(name))
          .map(({ name }) => ({ operation: 'delete' as const, name }));
        return { ...resource, changes: [...set, ...dropped] };
      });
      await ask((admin) => admin.incrementalAlterConfigs(changes, { validateOnly }));
      return {
        resources: resources.map(({ type, name }) => ({
          errorCode: 0,
          errorMessage: null,
          resourceName: name,
          resourceType: type,
        })),
        throttleTime: 0,
      };
    },
  };
}

function configEntry({ name, value, source, isReadOnly, isSensitive, synonyms }: ConfigEntry) {
  return {
    configName: name,
    configValue: value as string,
    readOnly: isReadOnly,
    isDefault: source === 'default',
    configSource: sources[source],
    isSensitive,
    configSynonyms: synonyms.map((synonym) => ({
      configName: synonym.name,
      configValue: synonym.value as string,
      configSource: sources[synonym.source],
    })),
  };
}
