import type { EntityQuotas } from '@tidelog/metadata';
import { errors, type KafkaError, type RequestOf, type ResponseOf } from '@tidelog/protocol';
import type { Handler } from './handler.ts';

type Request = RequestOf<'DescribeClientQuotas'>;

/** Kinds of a filter's component: this name, the default entity, or any entity of the type. */
const MATCH = { EXACT: 0, DEFAULT: 1, SPECIFIED: 2 } as const;
const ENTITY_TYPES = new Set(['user', 'client-id', 'ip']);
const ANY = Symbol('any');

/** Entity types to a name, null for the default, or `ANY`. */
type Filter = ReadonlyMap<string, string | null | typeof ANY>;

/** Versions 0 to 1 (KIP-546): the quotas of all entities that match every component of the filter. */
export const describeClientQuotas: Handler<'DescribeClientQuotas'> = (
  request,
  _context,
  broker,
) => {
  const filter = filterOf(request);
  if ('error' in filter) return { ...refused(filter.error, filter.message) };
  const entries: NonNullable<ResponseOf<'DescribeClientQuotas'>['entries']>[number][] = [];
  for (const { entity, quotas } of broker.metadata.image.clientQuotas.all()) {
    if (!matches(entity, filter, request.strict)) continue;
    entries.push({
      entity: Array.from(entity, ([entityType, entityName]) => ({ entityType, entityName })),
      values: Array.from(quotas, ([key, value]) => ({ key, value })),
    });
  }
  return { errorCode: errors.NONE.code, errorMessage: null, entries };
};

function refused({ code }: KafkaError, errorMessage: string): ResponseOf<'DescribeClientQuotas'> {
  return { throttleTimeMs: 0, errorCode: code, errorMessage, entries: null };
}

function filterOf({ components }: Request): Filter | { error: KafkaError; message: string } {
  const filter = new Map<string, string | null | typeof ANY>();
  const invalid = (message: string) => ({ error: errors.INVALID_REQUEST, message });
  for (const { entityType, matchType, match } of components) {
    if (entityType === '') return invalid('Invalid empty entity type.');
    if (filter.has(entityType)) {
      return invalid(`Entity type ${entityType} cannot appear more than once in the filter.`);
    }
    if (!ENTITY_TYPES.has(entityType)) {
      const message = `Unsupported entity type ${entityType}`;
      return { error: errors.UNSUPPORTED_VERSION, message };
    }
    if (matchType === MATCH.EXACT) {
      if (match === null) return invalid('An exact match needs a name.');
      filter.set(entityType, match);
    } else if (matchType === MATCH.DEFAULT || matchType === MATCH.SPECIFIED) {
      if (match !== null) return invalid('Only an exact match has a name.');
      filter.set(entityType, matchType === MATCH.DEFAULT ? null : ANY);
    } else {
      return invalid(`Unknown match type ${matchType}`);
    }
  }
  if (filter.has('ip') && filter.size > 1) {
    return invalid('A quota of an IP address has neither a user nor a client id.');
  }
  return filter;
}

function matches(entity: EntityQuotas['entity'], filter: Filter, strict: boolean): boolean {
  if (strict && entity.size !== filter.size) return false;
  for (const [type, wanted] of filter) {
    const name = entity.get(type);
    if (name === undefined || (wanted !== ANY && wanted !== name)) return false;
  }
  return true;
}
