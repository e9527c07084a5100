import type { MetadataRecord, RecordOf } from '../records/metadata-record.ts';
import type { MetadataDelta } from './metadata-delta.ts';

/** What has configs, by the numbers of the wire and of the log. */
export const RESOURCE = {
  TOPIC: 2,
  BROKER: 4,
  BROKER_LOGGER: 8,
  CLIENT_METRICS: 16,
  GROUP: 32,
} as const;

/** `type` is one of `RESOURCE`; the name of the default for all brokers is empty. */
export interface ConfigResource {
  readonly type: number;
  readonly name: string;
}

export function configResourceKey(resource: ConfigResource): string {
  return `${resource.type}:${resource.name}`;
}

/** Never changed: what was said of a resource once stays as it was. */
type Entry = { readonly resource: ConfigResource; readonly configs: ReadonlyMap<string, string> };

const NO_CONFIGS: ReadonlyMap<string, string> = new Map();

/** The configs that were set through the cluster; static ones are not here. */
export class ConfigsImage {
  readonly #resources = new Map<string, Entry>();

  /** Config names to values; empty where nothing is set. */
  of(type: number, name: string): ReadonlyMap<string, string> {
    return this.#resources.get(configResourceKey({ type, name }))?.configs ?? NO_CONFIGS;
  }

  /** The resources that have configs. */
  *resources(): Generator<ConfigResource> {
    for (const { resource } of this.#resources.values()) yield resource;
  }

  set(record: RecordOf<'Config'>, delta: MetadataDelta | undefined): void {
    const resource = { type: record.resourceType, name: record.resourceName };
    const key = configResourceKey(resource);
    const configs = new Map(this.#resources.get(key)?.configs);
    if (record.value === null) configs.delete(record.name);
    else configs.set(record.name, record.value);
    if (configs.size > 0) this.#resources.set(key, { resource, configs });
    else this.#resources.delete(key);
    delta?.configsChanged(resource);
  }

  removeTopic(name: string, delta: MetadataDelta | undefined): void {
    const resource = { type: RESOURCE.TOPIC, name };
    if (this.#resources.delete(configResourceKey(resource))) delta?.configsChanged(resource);
  }

  records(): Iterable<MetadataRecord> {
    return recordsOf([...this.#resources.values()]);
  }
}

function* recordsOf(entries: readonly Entry[]): Generator<MetadataRecord> {
  for (const { resource, configs } of entries) {
    for (const [name, value] of configs) {
      const { type: resourceType, name: resourceName } = resource;
      yield { type: 'Config', resourceType, resourceName, name, value };
    }
  }
}
