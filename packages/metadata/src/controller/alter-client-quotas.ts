import type { RequestOf } from '@tidelog/protocol';
import { entityKey, type QuotaEntity } from '../image/client-quotas-image.ts';
import type { RecordOf } from '../records/metadata-record.ts';
import type { ControllerState } from './controller-state.ts';
import type { Decision } from './decision.ts';
import { errorFields, Refusal } from './refusal.ts';

type Request = RequestOf<'AlterClientQuotas'>;
type Entry = Request['entries'][number];
type QuotaType = 'double' | 'int' | 'long';

const USER_AND_CLIENT_QUOTAS: ReadonlyMap<string, QuotaType> = new Map([
  ['producer_byte_rate', 'long'],
  ['consumer_byte_rate', 'long'],
  ['request_percentage', 'double'],
  ['controller_mutation_rate', 'double'],
]);
const IP_QUOTAS: ReadonlyMap<string, QuotaType> = new Map([['connection_creation_rate', 'int']]);
const ENTITY_TYPES = new Set(['user', 'client-id', 'ip']);
const LARGEST: Record<QuotaType, number> = { double: Infinity, int: 2 ** 31 - 1, long: 2 ** 63 };
/** How far from a whole number a quota that counts things may be. */
const WHOLE_WITHIN = 1e-6;
/** An address or a host name; Apache Kafka looks names up, and a controller here asks nobody. */
const HOST = /^[0-9A-Za-z.:-]+$/;

/** AlterClientQuotas (KIP-546): each entity by itself, all of its changes or none. */
export function alterClientQuotas(
  state: ControllerState,
  request: Request,
): Decision<'AlterClientQuotas'> {
  const records: RecordOf<'ClientQuota'>[] = [];
  const results = new Map<string, Decision<'AlterClientQuotas'>['reply']['entries'][number]>();
  for (const entry of request.entries) {
    const entity = new Map(entry.entity.map((part) => [part.entityType, part.entityName]));
    const key = entityKey(entity);
    const changed = results.has(key)
      ? new Refusal('INVALID_REQUEST', 'The request names this entity twice.')
      : changesOf(state, entity, entry);
    const refusal = changed instanceof Refusal ? changed : undefined;
    if (!(changed instanceof Refusal)) records.push(...changed);
    results.set(key, { ...errorFields(refusal), entity: entry.entity });
  }
  return {
    records: request.validateOnly ? [] : records,
    reply: { throttleTimeMs: 0, entries: [...results.values()] },
  };
}

function changesOf(
  state: ControllerState,
  entity: QuotaEntity,
  { ops }: Entry,
): RecordOf<'ClientQuota'>[] | Refusal {
  const allowed = quotasFor(entity);
  if (allowed instanceof Refusal) return allowed;
  const present = state.image.clientQuotas.of(entity);
  const parts = Array.from(entity, ([entityType, entityName]) => ({ entityType, entityName }));
  const seen = new Set<string>();
  const records: RecordOf<'ClientQuota'>[] = [];
  for (const { key, value, remove } of ops) {
    if (seen.has(key)) return new Refusal('INVALID_REQUEST', `The quota ${key} is given twice.`);
    seen.add(key);
    const refusal = remove ? undefined : valueRefusal(allowed.get(key), key, value);
    if (refusal !== undefined) return refusal;
    const isChange = remove ? present?.has(key) === true : present?.get(key) !== value;
    if (!isChange) continue;
    records.push({ type: 'ClientQuota', entity: parts, key, value: remove ? 0 : value, remove });
  }
  return records;
}

/** The quotas that an entity can have, or why it is no entity. */
function quotasFor(entity: QuotaEntity): ReadonlyMap<string, QuotaType> | Refusal {
  if (entity.size === 0) return new Refusal('INVALID_REQUEST', 'Invalid empty client quota entity');
  for (const [type, name] of entity) {
    if (!ENTITY_TYPES.has(type)) {
      return new Refusal('INVALID_REQUEST', `Unhandled client quota entity type: ${type}`);
    }
    if (name === '') return new Refusal('INVALID_REQUEST', `Empty ${type} not supported`);
  }
  const ip = entity.get('ip');
  if (ip === undefined) return USER_AND_CLIENT_QUOTAS;
  if (entity.size > 1) {
    const message = 'A quota of an IP address cannot be combined with a user or a client id.';
    return new Refusal('INVALID_REQUEST', message);
  }
  if (ip === null || HOST.test(ip)) return IP_QUOTAS;
  return new Refusal('INVALID_REQUEST', `${ip} is not a valid IP or host name`);
}

function valueRefusal(
  type: QuotaType | undefined,
  key: string,
  value: number,
): Refusal | undefined {
  const refuse = (message: string): Refusal => new Refusal('INVALID_REQUEST', message);
  if (type === undefined) return refuse(`Invalid configuration key ${key}`);
  if (!(value > 0)) return refuse(`Quota ${key} must be greater than 0`);
  if (type === 'double') return undefined;
  if (value > LARGEST[type]) {
    return refuse(
      `Proposed value for ${key} is too large for ${type === 'int' ? 'an INT' : 'a LONG'}.`,
    );
  }
  return value % 1 > WHOLE_WITHIN ? refuse(`${key} cannot be a fractional value.`) : undefined;
}
