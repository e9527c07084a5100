import type { RequestOf } from '@tidelog/protocol';
import { configResourceKey, RESOURCE } from '../image/configs-image.ts';
import type { MetadataRecord } from '../records/metadata-record.ts';
import { changeConfigs, CONFIG_OP, replaceConfigs } from './alter-configs.ts';
import type { ReplyTo } from './commands.ts';
import type { ControllerState } from './controller-state.ts';
import type { Decision } from './decision.ts';
import { errorFields, Refusal } from './refusal.ts';

const KNOWN_TYPES: readonly number[] = Object.values(RESOURCE);

type Resource<C> = { resourceType: number; resourceName: string; configs: C[] };

/** IncrementalAlterConfigs (KIP-339): each resource changes as a whole or not at all. */
export function incrementalAlterConfigs(
  state: ControllerState,
  request: RequestOf<'IncrementalAlterConfigs'>,
): Decision<'IncrementalAlterConfigs'> {
  return alterResources(request.resources, request.validateOnly, (resource) => {
    const { resourceType: type, resourceName: name, configs } = resource;
    const problem = duplicateKeys(configs);
    if (problem !== undefined) return problem;
    const nulls = configs.filter((c) => c.configOperation !== CONFIG_OP.DELETE && c.value === null);
    if (nulls.length > 0) {
      const names = nulls.map((config) => config.name).join(',');
      return new Refusal('INVALID_REQUEST', `Null value not supported for : ${names}`);
    }
    const unknown = configs.find((config) => !isKnownOp(config.configOperation));
    if (unknown !== undefined) {
      const message = `Unknown operation type ${unknown.configOperation} is not supported`;
      return new Refusal('INVALID_REQUEST', message);
    }
    const ops = new Map(
      configs.map((config) => [config.name, { op: config.configOperation, value: config.value }]),
    );
    return changeConfigs(state, { type, name }, ops, { isNew: false });
  });
}

/** AlterConfigs: what the request leaves out goes back to its default. */
export function alterConfigs(
  state: ControllerState,
  request: RequestOf<'AlterConfigs'>,
): Decision<'AlterConfigs'> {
  return alterResources(request.resources, request.validateOnly, (resource) => {
    const { resourceType: type, resourceName: name, configs } = resource;
    const problem = duplicateKeys(configs);
    if (problem !== undefined) return problem;
    const nulls = configs.filter((config) => config.value === null);
    if (nulls.length > 0) {
      const names = nulls.map((config) => config.name).join(',');
      return new Refusal('INVALID_REQUEST', `Null value not supported for : ${names}`);
    }
    const values = new Map(configs.map((config) => [config.name, config.value]));
    return replaceConfigs(state, { type, name }, values);
  });
}

function isKnownOp(op: number): boolean {
  return op >= CONFIG_OP.SET && op <= CONFIG_OP.SUBTRACT;
}

function duplicateKeys(configs: readonly { name: string }[]): Refusal | undefined {
  if (new Set(configs.map((config) => config.name)).size === configs.length) return undefined;
  return new Refusal('INVALID_REQUEST', 'Error due to duplicate config keys');
}

function alterResources<C>(
  resources: readonly Resource<C>[],
  validateOnly: boolean,
  alter: (resource: Resource<C>) => MetadataRecord[] | Refusal,
): { records: MetadataRecord[]; reply: ReplyTo<'AlterConfigs'> } {
  const keys = resources.map((r) =>
    configResourceKey({ type: r.resourceType, name: r.resourceName }),
  );
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  const records: MetadataRecord[] = [];
  const answered = new Set<string>();
  const responses = [];
  for (const [i, resource] of resources.entries()) {
    const key = keys[i] ?? '';
    if (answered.has(key)) continue;
    answered.add(key);
    const isDuplicate = counts.get(key)! > 1;
    const result = refuseResource(resource.resourceType, isDuplicate) ?? alter(resource);
    if (!(result instanceof Refusal)) records.push(...result);
    responses.push({
      ...errorFields(result instanceof Refusal ? result : undefined),
      resourceType: resource.resourceType,
      resourceName: resource.resourceName,
    });
  }
  return { records: validateOnly ? [] : records, reply: { throttleTimeMs: 0, responses } };
}

function refuseResource(type: number, isDuplicate: boolean): Refusal | undefined {
  if (!KNOWN_TYPES.includes(type)) {
    return new Refusal('UNSUPPORTED_VERSION', `Unknown resource type ${type}.`);
  }
  return isDuplicate ? new Refusal('INVALID_REQUEST', 'Duplicate resource.') : undefined;
}
