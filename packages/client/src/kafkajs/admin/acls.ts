import type { AclBinding, AclFilter as CoreFilter } from '../../index.ts';
import type { Ask } from '../admin.ts';
import { protocolErrorOf } from '../failures.ts';

export const AclResourceTypes = {
  UNKNOWN: 0,
  ANY: 1,
  TOPIC: 2,
  GROUP: 3,
  CLUSTER: 4,
  TRANSACTIONAL_ID: 5,
  DELEGATION_TOKEN: 6,
} as const;

export const AclOperationTypes = {
  UNKNOWN: 0,
  ANY: 1,
  ALL: 2,
  READ: 3,
  WRITE: 4,
  CREATE: 5,
  DELETE: 6,
  ALTER: 7,
  DESCRIBE: 8,
  CLUSTER_ACTION: 9,
  DESCRIBE_CONFIGS: 10,
  ALTER_CONFIGS: 11,
  IDEMPOTENT_WRITE: 12,
} as const;

export const AclPermissionTypes = { UNKNOWN: 0, ANY: 1, DENY: 2, ALLOW: 3 } as const;

export const ResourcePatternTypes = {
  UNKNOWN: 0,
  ANY: 1,
  MATCH: 2,
  LITERAL: 3,
  PREFIXED: 4,
} as const;

export interface AclEntry {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly resourcePatternType: number;
  readonly principal: string;
  readonly host: string;
  readonly operation: number;
  readonly permissionType: number;
}

export interface AclFilter {
  readonly resourceType: number;
  readonly resourceName?: string;
  readonly resourcePatternType: number;
  readonly principal?: string;
  readonly host?: string;
  readonly operation: number;
  readonly permissionType: number;
}

/** `TRANSACTIONAL_ID` is `transactional-id` with us. */
const nameOf = (table: Readonly<Record<string, number>>, number: number): string =>
  Object.entries(table)
    .find(([, value]) => value === number)?.[0]
    .toLowerCase()
    .replaceAll('_', '-') ?? 'unknown';

const numberOf = (table: Readonly<Record<string, number>>, name: string): number =>
  table[name.toUpperCase().replaceAll('-', '_')] ?? 0;

/** What kafkajs's admin does with access control lists. */
export function aclOperations(ask: Ask) {
  return {
    createAcls: async ({ acl }: { acl: AclEntry[] }): Promise<boolean> => {
      await ask((admin) => admin.createAcls(acl.map((entry) => coreFilter(entry) as AclBinding)));
      return true;
    },

    describeAcls: async (filter: AclFilter) => {
      const found = (await ask((admin) => admin.describeAcls(coreFilter(filter)))).map(aclEntry);
      const resources = new Map<string, AclEntry[]>();
      for (const entry of found) {
        const { resourceType, resourcePatternType, resourceName } = entry;
        const key = `${resourceType} ${resourcePatternType} ${resourceName}`;
        resources.set(key, [...(resources.get(key) ?? []), entry]);
      }
      return {
        throttleTime: 0,
        errorCode: 0,
        resources: Array.from(resources.values(), (entries) => {
          const { resourceType, resourceName, resourcePatternType } = entries[0]!;
          const acls = entries.map(({ principal, host, operation, permissionType }) => {
            return { principal, host, operation, permissionType };
          });
          return { resourceType, resourceName, resourcePatternType, acls };
        }),
      };
    },

    deleteAcls: async ({ filters }: { filters: AclFilter[] }) => {
      const deletions = await ask((admin) => admin.deleteAcls(filters.map(coreFilter)));
      return {
        throttleTime: 0,
        filterResponses: deletions.map(({ bindings }) => ({
          errorCode: 0,
          matchingAcls: bindings.map(({ error, ...binding }) => ({
            errorCode: error === null ? 0 : protocolErrorOf(error).code,
            ...aclEntry(binding),
          })),
        })),
      };
    },
  };
}

function coreFilter(entry: AclEntry | AclFilter): CoreFilter {
  return {
    resourceType: nameOf(AclResourceTypes, entry.resourceType) as CoreFilter['resourceType'],
    resourceName: entry.resourceName,
    patternType: nameOf(
      ResourcePatternTypes,
      entry.resourcePatternType,
    ) as CoreFilter['patternType'],
    principal: entry.principal,
    host: entry.host,
    operation: nameOf(AclOperationTypes, entry.operation) as CoreFilter['operation'],
    permission: nameOf(AclPermissionTypes, entry.permissionType) as CoreFilter['permission'],
  };
}

function aclEntry(binding: AclBinding): AclEntry {
  return {
    resourceType: numberOf(AclResourceTypes, binding.resourceType),
    resourceName: binding.resourceName,
    resourcePatternType: numberOf(ResourcePatternTypes, binding.patternType),
    principal: binding.principal,
    host: binding.host,
    operation: numberOf(AclOperationTypes, binding.operation),
    permissionType: numberOf(AclPermissionTypes, binding.permission),
  };
}
