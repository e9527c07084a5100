import type { CallOptions } from '../cluster/cluster.ts';
import type { AdminCalls, ItemOptions } from './admin-calls.ts';
import { checkAnswer } from './check-answer.ts';
import { toController } from './routes.ts';
import type { ValidateOptions } from './topics.ts';

/** Whom a quota is for; null is the default of all that have none of their own. */
export interface QuotaEntity {
  readonly user?: string | null | undefined;
  readonly clientId?: string | null | undefined;
  readonly ip?: string | null | undefined;
}

export interface QuotaEntry {
  readonly entity: QuotaEntity;
  /** By name (`producer_byte_rate`). */
  readonly quotas: ReadonlyMap<string, number>;
}

/** A part that is named by `'any'` may have any name, but not be the default. */
export interface QuotaFilter {
  readonly user?: QuotaMatch | undefined;
  readonly clientId?: QuotaMatch | undefined;
  readonly ip?: QuotaMatch | undefined;
  /** Only entities that have no other parts. */
  readonly strict?: boolean | undefined;
}

export type QuotaMatch = { readonly name: string } | 'default' | 'any';

export interface QuotaChange {
  readonly entity: QuotaEntity;
  /** By name (`producer_byte_rate`); null takes a quota away. */
  readonly quotas: ReadonlyMap<string, number | null>;
}

const entityTypes = [
  ['user', 'user'],
  ['clientId', 'client-id'],
  ['ip', 'ip'],
] as const;

const matchTypes = { exact: 0, default: 1, any: 2 } as const;

/** What an admin does with quotas of clients (KIP-546). */
export function clientQuotaOperations(calls: AdminCalls) {
  const { cluster } = calls;
  return {
    /** The quotas of entities that the filter fits; an empty filter fits all. */
    describeClientQuotas: (
      filter: QuotaFilter = {},
      options: CallOptions = {},
    ): Promise<QuotaEntry[]> =>
      calls.once(async () => {
        const response = await cluster.sendToAny('DescribeClientQuotas', {
          components: entityTypes.flatMap(([part, entityType]) => {
            const match = filter[part];
            return match === undefined ? [] : [{ entityType, ...matchFields(match) }];
          }),
          strict: filter.strict ?? false,
        });
        checkAnswer(response, 'quotas');
        return (response.entries ?? []).map(({ entity, values }) => ({
          entity: entityOf(entity),
          quotas: new Map(values.map(({ key, value }) => [key, value])),
        }));
      }, options),

    alterClientQuotas: async (
      changes: readonly QuotaChange[],
      options: ValidateOptions<QuotaChange> & ItemOptions<QuotaChange> = {},
    ): Promise<void> => {
      await calls.each<QuotaChange, null>(
        changes,
        {
          route: toController(cluster),
          keyOf: ({ entity }) => entityKey(entity),
          subjectOf: ({ entity }) => `quotas of ${entityKey(entity)}`,
          ask: async ({ send }, changes, heard) => {
            const response = await send('AlterClientQuotas', {
              entries: changes.map(({ entity, quotas }) => ({
                entity: entityFields(entity),
                ops: Array.from(quotas, ([key, value]) => ({
                  key,
                  value: value ?? 0,
                  remove: value === null,
                })),
              })),
              validateOnly: options.validateOnly ?? false,
            });
            for (const answer of response.entries) {
              heard(entityKey(entityOf(answer.entity)), answer, null);
            }
          },
        },
        options,
      );
    },
  };
}

function matchFields(match: QuotaMatch): { matchType: number; match: string | null } {
  return typeof match === 'string'
    ? { matchType: matchTypes[match], match: null }
    : { matchType: matchTypes.exact, match: match.name };
}

function entityFields(entity: QuotaEntity): { entityType: string; entityName: string | null }[] {
  return entityTypes.flatMap(([part, entityType]) => {
    const entityName = entity[part];
    return entityName === undefined ? [] : [{ entityType, entityName }];
  });
}

function entityOf(
  fields: readonly { readonly entityType: string; readonly entityName: string | null }[],
): QuotaEntity {
  const names = new Map(fields.map(({ entityType, entityName }) => [entityType, entityName]));
  const parts = entityTypes.flatMap(([part, entityType]) => {
    const name = names.get(entityType);
    return name === undefined ? [] : [[part, name]];
  });
  return Object.fromEntries(parts) as QuotaEntity;
}

function entityKey(entity: QuotaEntity): string {
  const parts = entityFields(entity).map(({ entityType, entityName }) =>
    entityName === null ? `the default ${entityType}` : `${entityType} ${entityName}`,
  );
  return parts.join(' and ');
}
