import { errors } from '@tidelog/protocol';
import { brokerError } from '../client-error.ts';
import type { Cluster } from '../cluster/cluster.ts';

const resourceTypes = { topic: 2, broker: 4, 'broker-logger': 8, 'client-metrics': 16, group: 32 };

export interface ConfigResource {
  readonly type: keyof typeof resourceTypes;
  /** A topic, a broker's id (empty: the default of all brokers), a group. */
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

export interface ConfigEntry {
  readonly name: string;
  /** Null where it is not set, or secret. */
  readonly value: string | null;
  readonly source: (typeof sources)[number];
  readonly isReadOnly: boolean;
  readonly isSensitive: boolean;
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

export async function describeConfigs(
  cluster: Cluster,
  resources: readonly ConfigResource[],
): Promise<ResourceConfig[]> {
  const described = await Promise.all(
    Array.from(byBroker(resources), async ([node, resources]) => {
      const request = {
        resources: resources.map(({ type, name }) => ({
          resourceType: resourceTypes[type],
          resourceName: name,
          configurationKeys: null,
        })),
      };
      const response = await send(cluster, node, 'DescribeConfigs', request);
      return response.results;
    }),
  );
  return described.flat().map((result) => {
    const resource = { type: typeOf(result.resourceType), name: result.resourceName };
    check(result, resource);
    return {
      ...resource,
      configs: result.configs.map(({ name, value, configSource, readOnly, isSensitive }) => ({
        name,
        value,
        source: sources[configSource] ?? 'unknown',
        isReadOnly: readOnly,
        isSensitive,
      })),
    };
  });
}

export async function incrementalAlterConfigs(
  cluster: Cluster,
  resources: readonly ResourceChange[],
  validateOnly: boolean,
): Promise<void> {
  await Promise.all(
    Array.from(byBroker(resources), async ([node, resources]) => {
      const response = await send(cluster, node, 'IncrementalAlterConfigs', {
        resources: resources.map(({ type, name, changes }) => ({
          resourceType: resourceTypes[type],
          resourceName: name,
          configs: changes.map(({ name, operation, value }) => ({
            name,
            configOperation: operations[operation],
            value: value ?? null,
          })),
        })),
        validateOnly,
      });
      for (const result of response.responses) {
        check(result, { type: typeOf(result.resourceType), name: result.resourceName });
      }
    }),
  );
}

/** What is a broker's own only that broker knows; null for what any broker does. */
function byBroker<T extends ConfigResource>(resources: readonly T[]): Map<number | null, T[]> {
  const groups = new Map<number | null, T[]>();
  for (const resource of resources) {
    const isOwn = resource.type.startsWith('broker') && resource.name !== '';
    const node = isOwn ? Number(resource.name) : null;
    groups.set(node, [...(groups.get(node) ?? []), resource]);
  }
  return groups;
}

async function send<Name extends 'DescribeConfigs' | 'IncrementalAlterConfigs'>(
  cluster: Cluster,
  node: number | null,
  name: Name,
  request: Parameters<typeof cluster.sendToAny<Name>>[1],
): ReturnType<typeof cluster.sendToAny<Name>> {
  if (node === null) return cluster.sendToAny(name, request);
  if (cluster.metadata.broker(node) === undefined) await cluster.refresh([]);
  return cluster.send({ node }, name, request);
}

function typeOf(code: number): ConfigResource['type'] {
  const found = Object.entries(resourceTypes).find(([, value]) => value === code);
  return (found?.[0] ?? 'topic') as ConfigResource['type'];
}

function check(
  { errorCode, errorMessage }: { errorCode: number; errorMessage: string | null },
  { type, name }: ConfigResource,
): void {
  if (errorCode !== errors.NONE.code) throw brokerError(errorCode, `${type} ${name}`, errorMessage);
}
