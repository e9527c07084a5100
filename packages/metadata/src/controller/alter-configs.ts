import {
  clientMetricsConfigDef,
  clientMetricsConfigProblem,
} from '../configs/client-metrics-configs.ts';
import { brokerConfigDef } from '../configs/broker-configs.ts';
import type { ConfigDef } from '../configs/config-def.ts';
import { REQUIRED } from '../configs/config-def.ts';
import { formatValue } from '../configs/config-value.ts';
import { groupConfigDef, groupConfigProblem } from '../configs/group-configs.ts';
import { topicConfigDef, topicConfigProblem } from '../configs/topic-configs.ts';
import { type ConfigResource, RESOURCE } from '../image/configs-image.ts';
import type { MetadataRecord, RecordOf } from '../records/metadata-record.ts';
import { SINCE } from '../records/record-versions.ts';
import type { ControllerState } from './controller-state.ts';
import { Refusal } from './refusal.ts';
import { topicNameProblem } from './topic-names.ts';

export const CONFIG_OP = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const;

export interface ConfigOp {
  readonly op: number;
  readonly value: string | null;
}

/** Where a change of configs comes from, because not every check is due everywhere. */
export interface ConfigOrigin {
  /** The resource is created in the same batch, so it need not exist. */
  readonly isNew: boolean;
}

const MIN_ISR = 'min.insync.replicas';
const CORDONED_DIRS = 'cordoned.log.dirs';
/** The length of a value is a signed 16-bit number in old places of the protocol. */
const MAX_VALUE_LENGTH = 32_767;

const definitions = new Map<number, ConfigDef>([
  [RESOURCE.TOPIC, topicConfigDef],
  [RESOURCE.BROKER, brokerConfigDef],
  [RESOURCE.CLIENT_METRICS, clientMetricsConfigDef],
  [RESOURCE.GROUP, groupConfigDef],
]);

/** The records of a change of single configs (KIP-339), or why the resource refuses all of it. */
export function changeConfigs(
  state: ControllerState,
  resource: ConfigResource,
  ops: ReadonlyMap<string, ConfigOp>,
  origin: ConfigOrigin,
): MetadataRecord[] | Refusal {
  const current = state.image.configs.of(resource.type, resource.name);
  const altered = new Map<string, string | null>();
  for (const [name, op] of ops) {
    const value = applyOp(resource, name, current.get(name), op);
    if (value instanceof Refusal) return value;
    if (isWorthARecord(resource, current.get(name), value)) altered.set(name, value);
  }
  const refusal = configsRefusal(state, resource, { altered, dropped: [] }, origin);
  return refusal ?? withClearedElr(state, recordsOf(resource, altered));
}

/** The records that make `configs` the only ones of a resource (the API before KIP-339). */
export function replaceConfigs(
  state: ControllerState,
  resource: ConfigResource,
  configs: ReadonlyMap<string, string | null>,
): MetadataRecord[] | Refusal {
  const current = state.image.configs.of(resource.type, resource.name);
  const altered = new Map(
    [...configs].filter(([name, value]) => isWorthARecord(resource, current.get(name), value)),
  );
  const dropped = [...current.keys()].filter((name) => !configs.has(name));
  const refusal = configsRefusal(state, resource, { altered, dropped }, { isNew: false });
  const removals = dropped.map((name): [string, null] => [name, null]);
  return refusal ?? withClearedElr(state, recordsOf(resource, new Map([...altered, ...removals])));
}

/** Unchanged values of a broker are written too: that makes it read its files again. */
function isWorthARecord(
  resource: ConfigResource,
  current: string | undefined,
  value: string | null,
): boolean {
  return (current ?? null) !== value || resource.type === RESOURCE.BROKER;
}

function applyOp(
  resource: ConfigResource,
  name: string,
  current: string | undefined,
  { op, value }: ConfigOp,
): string | null | Refusal {
  if (op === CONFIG_OP.SET) return value;
  if (op === CONFIG_OP.DELETE) return null;
  const key = definitions.get(resource.type)?.get(name);
  const opName = op === CONFIG_OP.APPEND ? 'APPEND' : 'SUBTRACT';
  if (key?.type !== 'list') {
    const message = `Can't ${opName} to key ${name} because its type is not LIST.`;
    return new Refusal('INVALID_CONFIG', message);
  }
  const fallback = key.default === REQUIRED ? null : formatValue(key.default, key.type);
  const entries = (current ?? fallback ?? '').split(',').filter((entry) => entry !== '');
  const given = (value ?? '').split(',');
  if (op === CONFIG_OP.SUBTRACT) return entries.filter((entry) => !given.includes(entry)).join(',');
  return [...new Set([...entries, ...given])].join(',');
}

interface ConfigChange {
  readonly altered: ReadonlyMap<string, string | null>;
  /** Names that vanish because a replacing request left them out. */
  readonly dropped: readonly string[];
}

function configsRefusal(
  state: ControllerState,
  resource: ConfigResource,
  { altered, dropped }: ConfigChange,
  origin: ConfigOrigin,
): Refusal | undefined {
  const existing = state.image.configs.of(resource.type, resource.name);
  const result = new Map(existing);
  for (const [name, value] of altered) {
    const refusal = clusterRuleRefusal(state, resource, name, value);
    if (refusal !== undefined) return refusal;
    if (value === null) result.delete(name);
    else if (value.length > MAX_VALUE_LENGTH) return tooLong();
    else result.set(name, value);
  }
  for (const name of dropped) {
    const refusal = clusterRuleRefusal(state, resource, name, null);
    if (refusal !== undefined) return refusal;
    result.delete(name);
  }
  return (
    resourceRefusal(state, resource, result) ??
    (origin.isNew ? undefined : existenceRefusal(state, resource))
  );
}

function tooLong(): Refusal {
  const message =
    'The configuration value cannot be added because it exceeds the maximum value size of ' +
    `${MAX_VALUE_LENGTH} bytes.`;
  return new Refusal('INVALID_CONFIG', message);
}

/** Configs that the state of the cluster's features forbids to change. */
function clusterRuleRefusal(
  state: ControllerState,
  resource: ConfigResource,
  name: string,
  value: string | null,
): Refusal | undefined {
  if (resource.type !== RESOURCE.BROKER) return undefined;
  const { features } = state.image;
  const refuse = (message: string): Refusal => new Refusal('INVALID_CONFIG', message);
  if (name === MIN_ISR && features.isElrEnabled) {
    if (resource.name !== '') {
      return refuse('Broker-level min.insync.replicas cannot be altered while ELR is enabled.');
    }
    if (value === null) {
      return refuse('Cluster-level min.insync.replicas cannot be removed while ELR is enabled.');
    }
  }
  if (name === CORDONED_DIRS && features.metadataVersion < SINCE.CORDONED_DIRECTORIES) {
    return refuse(
      'The cordoned.log.dirs configuration value cannot be set because it requires ' +
        'metadata.version >= 4.3-IV0',
    );
  }
  return undefined;
}

/** The rules of the kind of resource; `configs` is all that it would have. */
function resourceRefusal(
  state: ControllerState,
  resource: ConfigResource,
  configs: ReadonlyMap<string, string>,
): Refusal | undefined {
  const invalidConfig = (message: string | undefined): Refusal | undefined =>
    message === undefined ? undefined : new Refusal('INVALID_CONFIG', message);
  switch (resource.type) {
    case RESOURCE.TOPIC: {
      const name = topicResourceRefusal(resource.name);
      if (name !== undefined) return name;
      const defaults = state.config.topicDefaults();
      const existing = state.image.configs.of(resource.type, resource.name);
      const remoteStorage = state.config.getBoolean('remote.log.storage.system.enable');
      return invalidConfig(topicConfigProblem(configs, { defaults, existing, remoteStorage }));
    }
    case RESOURCE.BROKER:
      return brokerResourceRefusal(resource.name);
    case RESOURCE.CLIENT_METRICS: {
      const problem = clientMetricsConfigProblem(resource.name, configs);
      return problem && new Refusal(problem.error, problem.message);
    }
    case RESOURCE.GROUP:
      if (resource.name === '') {
        return new Refusal('INVALID_REQUEST', 'Default group resources are not allowed.');
      }
      return invalidConfig(groupConfigProblem(configs, (name) => Number(state.config.value(name))));
    default:
      return new Refusal('INVALID_REQUEST', `Unknown resource type ${resource.type}`);
  }
}

function topicResourceRefusal(name: string): Refusal | undefined {
  if (name === '') {
    return new Refusal('INVALID_REQUEST', 'Default topic resources are not allowed.');
  }
  const problem = topicNameProblem(name);
  return problem === undefined ? undefined : new Refusal('INVALID_TOPIC_EXCEPTION', problem);
}

function brokerResourceRefusal(name: string): Refusal | undefined {
  if (name === '') return undefined;
  if (!/^[+-]?[0-9]+$/.test(name)) {
    const message = 'Unable to parse broker name as a base 10 number.';
    return new Refusal('INVALID_REQUEST', message);
  }
  if (Number(name) >= 0) return undefined;
  return new Refusal('INVALID_REQUEST', 'Invalid negative broker ID.');
}

function existenceRefusal(state: ControllerState, resource: ConfigResource): Refusal | undefined {
  const { topics, cluster } = state.image;
  const { type, name } = resource;
  if (type === RESOURCE.TOPIC && topics.byName(name) === undefined) {
    return new Refusal('UNKNOWN_TOPIC_OR_PARTITION', `The topic '${name}' does not exist.`);
  }
  if (type === RESOURCE.BROKER && name !== '') {
    const id = Number(name);
    if (cluster.broker(id) === undefined && !cluster.controllers.has(id)) {
      return new Refusal('BROKER_ID_NOT_REGISTERED', `No node with id ${id} found.`);
    }
  }
  return undefined;
}

function recordsOf(
  resource: ConfigResource,
  altered: ReadonlyMap<string, string | null>,
): RecordOf<'Config'>[] {
  return Array.from(altered, ([name, value]) => ({
    type: 'Config',
    resourceType: resource.type,
    resourceName: resource.name,
    name,
    value,
  }));
}

/** Who was eligible under another min.insync.replicas may lack records under the new one. */
function withClearedElr(
  state: ControllerState,
  records: readonly RecordOf<'Config'>[],
): MetadataRecord[] {
  if (!state.image.features.isElrEnabled) return [...records];
  const clears = records
    .filter((record) => record.name === MIN_ISR)
    .map(
      (record): RecordOf<'ClearElr'> => ({
        type: 'ClearElr',
        topicName: record.resourceType === RESOURCE.TOPIC ? record.resourceName : '',
      }),
    );
  return [...records, ...clears];
}
