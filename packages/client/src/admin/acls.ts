import { errors } from '@tidelog/protocol';
import { brokerError, type KafkaClientError } from '../client-error.ts';
import type { CallOptions } from '../cluster/cluster.ts';
import { type AclOperation, aclOperations } from './acl-operations.ts';
import type { AdminCalls, ItemOptions } from './admin-calls.ts';
import { checkAnswer } from './check-answer.ts';
import { toAny } from './routes.ts';

const resourceTypes = [
  'unknown',
  'any',
  'topic',
  'group',
  'cluster',
  'transactional-id',
  'delegation-token',
  'user',
] as const;
const patternTypes = ['unknown', 'any', 'match', 'literal', 'prefixed'] as const;
const permissions = ['unknown', 'any', 'deny', 'allow'] as const;

export type AclResourceType = (typeof resourceTypes)[number];
export type AclPatternType = (typeof patternTypes)[number];
export type AclPermission = (typeof permissions)[number];

/** Who may, or may not, do what to which resources. */
export interface AclBinding {
  readonly resourceType: Exclude<AclResourceType, 'any'>;
  /** `*` is all; the cluster's is `kafka-cluster`. */
  readonly resourceName: string;
  /** Whether the name is all of it, or how names begin. */
  readonly patternType: Exclude<AclPatternType, 'any' | 'match'>;
  /** `User:alice`; `User:*` is everyone. */
  readonly principal: string;
  /** `*` is from anywhere. */
  readonly host: string;
  readonly operation: Exclude<AclOperation, 'any'>;
  readonly permission: Exclude<AclPermission, 'any'>;
}

/** Fits bindings that are the same in all that it names. */
export interface AclFilter {
  readonly resourceType?: AclResourceType | undefined;
  readonly resourceName?: string | undefined;
  /** `match` takes the name for a resource's, and finds all that hold for it. */
  readonly patternType?: AclPatternType | undefined;
  readonly principal?: string | undefined;
  readonly host?: string | undefined;
  readonly operation?: AclOperation | undefined;
  readonly permission?: AclPermission | undefined;
}

/** What a filter of `deleteAcls` has found. */
export interface AclDeletion {
  readonly filter: AclFilter;
  /** Each with its error where it could not be deleted. */
  readonly bindings: readonly (AclBinding & { readonly error: KafkaClientError | null })[];
}

/** What an admin does with access control lists (KIP-11, KIP-140). */
export function aclOperationsOf(calls: AdminCalls) {
  const { cluster } = calls;
  return {
    /** All bindings that the filter fits; an empty filter fits all. */
    describeAcls: (filter: AclFilter = {}, options: CallOptions = {}): Promise<AclBinding[]> =>
      calls.once(async () => {
        const response = await cluster.sendToAny('DescribeAcls', filterFields(filter));
        checkAnswer(response, 'access control lists');
        return response.resources.flatMap(({ acls, ...resource }) =>
          acls.map((acl) => binding({ ...resource, ...acl })),
        );
      }, options),

    createAcls: async (
      bindings: readonly AclBinding[],
      options: ItemOptions<AclBinding> = {},
    ): Promise<void> => {
      await calls.each<AclBinding, null>(
        bindings,
        {
          route: toAny(cluster),
          keyOf: sentence,
          subjectOf: sentence,
          ask: async ({ send }, bindings, heard) => {
            const creations = bindings.map((binding) => {
              const { patternType, ...fields } = bindingFields(binding);
              return { ...fields, resourcePatternType: patternType };
            });
            const { results } = await send('CreateAcls', { creations });
            for (const [index, result] of results.entries()) {
              const binding = bindings[index];
              if (binding !== undefined) heard(sentence(binding), result, null);
            }
          },
        },
        options,
      );
    },

    /** Deletes all bindings that one of the filters fits; resolves to them. */
    deleteAcls: (
      filters: readonly AclFilter[],
      options: ItemOptions<AclFilter> = {},
    ): Promise<AclDeletion[]> =>
      calls.each<AclFilter, AclDeletion>(
        filters,
        {
          route: toAny(cluster),
          keyOf: filterKey,
          subjectOf: (filter) => `bindings that fit ${filterKey(filter)}`,
          ask: async ({ send }, filters, heard) => {
            const response = await send('DeleteAcls', { filters: filters.map(filterFields) });
            for (const [index, result] of response.filterResults.entries()) {
              const filter = filters[index];
              if (filter === undefined) continue;
              const bindings = result.matchingAcls.map(deletion);
              heard(filterKey(filter), result, { filter, bindings });
            }
          },
        },
        options,
      ),
  };
}

interface BindingFields {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly patternType: number;
  readonly principal: string;
  readonly host: string;
  readonly operation: number;
  readonly permissionType: number;
}

function bindingFields(binding: AclBinding): BindingFields {
  return {
    resourceType: resourceTypes.indexOf(binding.resourceType),
    resourceName: binding.resourceName,
    patternType: patternTypes.indexOf(binding.patternType),
    principal: binding.principal,
    host: binding.host,
    operation: aclOperations.indexOf(binding.operation),
    permissionType: permissions.indexOf(binding.permission),
  };
}

function binding(fields: BindingFields): AclBinding {
  return {
    resourceType: (resourceTypes[fields.resourceType] ?? 'unknown') as AclBinding['resourceType'],
    resourceName: fields.resourceName,
    patternType: (patternTypes[fields.patternType] ?? 'unknown') as AclBinding['patternType'],
    principal: fields.principal,
    host: fields.host,
    operation: (aclOperations[fields.operation] ?? 'unknown') as AclBinding['operation'],
    permission: (permissions[fields.permissionType] ?? 'unknown') as AclBinding['permission'],
  };
}

function deletion(
  fields: BindingFields & { readonly errorCode: number; readonly errorMessage: string | null },
): AclDeletion['bindings'][number] {
  const deleted = binding(fields);
  const { errorCode, errorMessage } = fields;
  const isFailed = errorCode !== errors.NONE.code;
  const error = isFailed ? brokerError(errorCode, sentence(deleted), errorMessage) : null;
  return { ...deleted, error };
}

function filterFields(filter: AclFilter) {
  return {
    resourceTypeFilter: resourceTypes.indexOf(filter.resourceType ?? 'any'),
    resourceNameFilter: filter.resourceName ?? null,
    patternTypeFilter: patternTypes.indexOf(filter.patternType ?? 'any'),
    principalFilter: filter.principal ?? null,
    hostFilter: filter.host ?? null,
    operation: aclOperations.indexOf(filter.operation ?? 'any'),
    permissionType: permissions.indexOf(filter.permission ?? 'any'),
  };
}

function sentence(acl: AclBinding): string {
  const resource = `${acl.patternType} ${acl.resourceType} ${acl.resourceName}`;
  return `${acl.permission} ${acl.principal} from ${acl.host} to ${acl.operation} ${resource}`;
}

function filterKey(filter: AclFilter): string {
  return JSON.stringify(filterFields(filter));
}
