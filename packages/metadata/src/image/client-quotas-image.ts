import type { MetadataRecord, RecordOf } from '../records/metadata-record.ts';
import type { MetadataDelta } from './metadata-delta.ts';

/** Whom a quota is for: `user`, `client-id` or `ip` to a name, null being the default entity. */
export type QuotaEntity = ReadonlyMap<string, string | null>;

/** Never changed: what was said of an entity once stays as it was. */
export interface EntityQuotas {
  readonly entity: QuotaEntity;
  /** Quota names (`producer_byte_rate`, ...) to limits. */
  readonly quotas: ReadonlyMap<string, number>;
}

export class ClientQuotasImage {
  readonly #entities = new Map<string, EntityQuotas>();

  all(): IterableIterator<EntityQuotas> {
    return this.#entities.values();
  }

  of(entity: QuotaEntity): ReadonlyMap<string, number> | undefined {
    return this.#entities.get(entityKey(entity))?.quotas;
  }

  set(record: RecordOf<'ClientQuota'>, delta: MetadataDelta | undefined): void {
    const entity = new Map(record.entity.map((part) => [part.entityType, part.entityName]));
    const key = entityKey(entity);
    const quotas = new Map(this.#entities.get(key)?.quotas);
    if (record.remove) quotas.delete(record.key);
    else quotas.set(record.key, record.value);
    if (quotas.size > 0) this.#entities.set(key, { entity, quotas });
    else this.#entities.delete(key);
    delta?.parts.add('clientQuotas');
  }

  records(): Iterable<MetadataRecord> {
    return recordsOf([...this.#entities.values()]);
  }
}

function* recordsOf(entities: readonly EntityQuotas[]): Generator<MetadataRecord> {
  for (const { entity, quotas } of entities) {
    const parts = Array.from(entity, ([entityType, entityName]) => ({ entityType, entityName }));
    for (const [key, value] of quotas) {
      yield { type: 'ClientQuota', entity: parts, key, value, remove: false };
    }
  }
}

/** The same for the same entity, whatever the order of its parts. */
export function entityKey(entity: QuotaEntity): string {
  return JSON.stringify([...entity].sort(([a], [b]) => (a < b ? -1 : 1)));
}
